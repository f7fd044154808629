#include "apps/mailer/backoff.h"

#include <algorithm>
#include <cstdint>

namespace favras::mailer {

std::chrono::milliseconds Backoff::after(unsigned failures, std::chrono::system_clock::time_point now) const {
  auto whole = std::min(first, longest);
  for (unsigned i = 1; i < failures && whole < longest; ++i) whole = std::min(whole * 2, longest);
  // The last bits of a clock are as good as random; the product spreads them over the word.
  const auto ticks = static_cast<std::uint64_t>(now.time_since_epoch().count());
  const std::uint64_t spread = (ticks * 0x9E3779B97F4A7C15u) >> 44;  // 20 bits
  const auto half = whole / 2;
  return half + std::chrono::milliseconds(half.count() * static_cast<std::int64_t>(spread) / (1 << 20));
}

}  // namespace favras::mailer
