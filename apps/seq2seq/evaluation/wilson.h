// Confidence intervals of shares. E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical
// Inference", Journal of the American Statistical Association 22 (1927).
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace favras::seq2seq {

struct Interval {
  double low = 0.0, high = 1.0;
};

// The shares that `part` of `whole` (0 <= part <= whole) does not contradict at 95 %; never beyond 0 and 1,
// and of use for shares close to them. Of nothing: not numbers. Takes each of the `whole` to be independent.
inline Interval wilson_interval(std::uint64_t part, std::uint64_t whole) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  if (whole == 0) return {kNan, kNan};
  constexpr double z = 1.959963984540054;  // the normal distribution's quantile of 97.5 %
  const auto n = static_cast<double>(whole);
  const double share = static_cast<double>(part) / n;
  const double middle = share + z * z / (2 * n);
  const double reach = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  // At the ends exactly, whatever rounding makes of it.
  return {part == 0 ? 0.0 : (middle - reach) / scale, part == whole ? 1.0 : (middle + reach) / scale};
}

}  // namespace favras::seq2seq
