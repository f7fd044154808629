// Whether a line reads like English prose, by cheap signs: what it is made of, not what it says.
#pragma once

#include <string_view>

namespace favras::seq2seq {

// What is wrong with a line; of several faults the first in this order.
enum class EnglishFault {
  kNone,
  kNotAscii,
  kFewLetters,      // less than 70 % of what is no space are letters
  kOneWord,         // with letters, or none
  kCamelCase,       // a capital or a digit within a word, but in names such as McDonald
  kAddress,         // of the web, of mail, a path or the name of a file
  kMarkup,          // marks of no prose (< > = * | # { }) or that stand alone, unbalanced brackets, "(Obs.)"
  kNoFunctionWord,  // in four words or more: none of "the", "of", "and", ...
};
inline constexpr int kEnglishFaults = 8;

// The line as clean_text() gives it: single spaces, brackets of every kind as ( and ).
EnglishFault english_fault(std::string_view line);

// A few words for tables and messages: "not ASCII", "few letters", ...
std::string_view name_of(EnglishFault fault);

}  // namespace favras::seq2seq
