// Lines of two columns: pairs, misspellings.
#pragma once

#include <stdexcept>
#include <string_view>
#include <utility>

namespace favras::seq2seq {

// What is wrong with a line that cannot be left out silently.
struct BadLine : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What is before and behind the one TAB. Throws BadLine, with `names` ("source<TAB>target"), if there is none
// or more than one.
std::pair<std::string_view, std::string_view> two_columns(std::string_view line, std::string_view names);

}  // namespace favras::seq2seq
