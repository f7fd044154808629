// "1 line", "2 lines".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace favras::seq2seq {

inline std::string quantity(std::uint64_t count, std::string_view noun) {
  return std::to_string(count) + ' ' + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace favras::seq2seq
