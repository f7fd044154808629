// The exception that ends the program with status 2.
#pragma once

#include <stdexcept>

namespace favras::seq2seq {

// The caller asked for something that cannot be meant.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace favras::seq2seq
