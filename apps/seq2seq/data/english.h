// Whether a line reads like English prose, by cheap signs: what it is made of, not what it says.
#pragma once

#include <string_view>

namespace favras::seq2seq {

// What is wrong with a line; of several faults the first in this order.
enum class EnglishFault {
  kNone,
  kNotAscii,
  kFewLetters,      // less than 70 % of the characters that are no spaces are letters
  kOneWord,         // or none
  kCamelCase,       // a capital inside a word, but for names such as McDonald
  kAddress,         // of the web, of mail, a path or a file
  kMarkup,          // < > = * | # and the like, brackets that do not match, "(Obs.)" of a dictionary
  kNoFunctionWord,  // four words or more, and none of them "the", "of", "and", ...
};
inline constexpr int kEnglishFaults = 8;

// The line as clean_text() gives it: single spaces, brackets of every kind as ( and ).
EnglishFault english_fault(std::string_view line);

// A few words for tables and messages: "not ASCII", "few letters", ...
std::string_view name_of(EnglishFault fault);

}  // namespace favras::seq2seq
