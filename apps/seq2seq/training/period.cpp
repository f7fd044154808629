#include "apps/seq2seq/training/period.h"

#include <array>
#include <charconv>
#include <utility>

namespace favras::seq2seq {
namespace {

constexpr std::array<std::pair<char, std::int64_t>, 3> kUnits{{{'h', 3600}, {'m', 60}, {'s', 1}}};

}  // namespace

std::uint64_t Period::index(std::uint64_t step, double seconds_trained) const {
  if (batches > 0) return step / static_cast<std::uint64_t>(batches);
  return static_cast<std::uint64_t>(seconds_trained) / static_cast<std::uint64_t>(seconds);
}

std::optional<Period> parse_period(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count < 0 || count > kLongestPeriod) return std::nullopt;
  const std::string_view unit(end, text.data() + text.size());
  if (unit.empty()) return Period{.batches = count};
  for (const auto& [name, seconds] : kUnits)
    if (unit.size() == 1 && unit[0] == name && count <= kLongestPeriod / seconds)
      return Period{.seconds = count * seconds};
  return std::nullopt;
}

std::string format_period(const Period& period) {
  if (period.seconds == 0) return fmt::format("{}", period.batches);
  for (const auto& [name, seconds] : kUnits)
    if (period.seconds % seconds == 0) return fmt::format("{}{}", period.seconds / seconds, name);
  return {};  // not reached: seconds are whole
}

}  // namespace favras::seq2seq
