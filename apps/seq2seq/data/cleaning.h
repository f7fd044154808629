// What happens to a line of input before anything is counted or kept. Both functions take valid UTF-8
// without NUL, give UTF-8 in normal form C, and are idempotent.
#pragma once

#include <string>
#include <string_view>

namespace favras::seq2seq {

// Running text. White space of any kind and length becomes one space, none at the ends; Unicode dashes
// become '-', apostrophe-like marks and single quotes ', double quotes ", opening and closing brackets of
// every kind ( and ). Then all goes that is not a letter (Unicode L*), a digit (Nd), a space, a currency
// sign (Sc) or one of -!?/;"'%&<>.()[]{}@#:,|=*
std::string clean_text(std::string_view utf8);

// One column of a pair: every character is kept, except byte order marks; only white space is folded and
// trimmed as above.
std::string clean_field(std::string_view utf8);

}  // namespace favras::seq2seq
