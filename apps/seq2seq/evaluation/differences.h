// Lines shown with what differs from the clean line marked, for a terminal or for plain text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace favras::seq2seq {

// UTF-8. What is wrong in red, with `_` in red where something is missing. Ends in the terminal's own colour.
std::string colour_differences(std::u32string_view line, std::u32string_view clean);

// The marks to print beneath the line, one column a character: `^` below one that is wrong, superfluous or
// swapped, `|` below the one before which something is missing, or below the end. Nothing for equal lines.
std::string mark_differences(std::u32string_view line, std::u32string_view clean);

// A line (UTF-8) and what became of it, under its number: "3 - LINE", and "3 + CORRECTED" on a line of its
// own. What was wrong is in red, or marked beneath the first of them.
std::string show_correction(std::uint64_t number, std::string_view line, std::string_view corrected,
                            bool colours);

// Whether what is printed there is seen on a terminal by somebody who has not set NO_COLOR (no-color.org).
bool shows_colours(int file_descriptor);

}  // namespace favras::seq2seq
