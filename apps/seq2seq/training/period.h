// How often something happens in a training: every so many batches, or after so much time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace favras::seq2seq {

inline constexpr std::int64_t kLongestPeriod = 1 << 30;  // batches or seconds

struct Period {
  std::int64_t batches = 0;
  std::int64_t seconds = 0;  // at most one of the two is not 0

  bool never() const { return batches == 0 && seconds == 0; }
  // Which period, from 0, this moment of a training lies in. There must be one.
  std::uint64_t index(std::uint64_t step, double seconds_trained) const;

  friend bool operator==(const Period&, const Period&) = default;
};

// "100" batches, "30s", "10m", "6h"; "0": never. Nothing if the text is none of these.
std::optional<Period> parse_period(std::string_view text);
std::string format_period(const Period& period);

}  // namespace favras::seq2seq

template <>
struct fmt::formatter<favras::seq2seq::Period> : fmt::formatter<std::string> {
  auto format(const favras::seq2seq::Period& period, fmt::format_context& context) const {
    return fmt::formatter<std::string>::format(favras::seq2seq::format_period(period), context);
  }
};
