#include "apps/seq2seq/plot/ticks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

namespace favras::plot {

namespace {

// The smallest of 1, 2, 5 times a power of ten that is not below `least`.
double nice_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

// "1234567" -> "1,234,567"; what follows a point stays.
std::string with_commas(std::string digits) {
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  std::size_t at = std::min(digits.find('.'), digits.size());
  while (at > first + 3) digits.insert(at -= 3, ",");
  return digits;
}

}  // namespace

Ticks linear_ticks(double low, double high, int about) {
  if (low >= 0 && low <= high - low) low = 0;
  if (high <= 0 && -high <= high - low) high = 0;
  if (low == high) {  // one value: from zero to beyond it
    low = std::min(low, 0.0);
    high = std::max(high, 0.0);
    if (low == high) high = 1;
  }
  const double step = nice_step((high - low) / about);
  // A hair less than a step: values that are ticks but for rounding stay on them.
  const auto first = static_cast<std::int64_t>(std::floor(low / step + 1e-6));
  const auto last = static_cast<std::int64_t>(std::ceil(high / step - 1e-6));
  Ticks ticks{.step = step};
  for (std::int64_t i = first; i <= last; ++i) ticks.at.push_back(static_cast<double>(i) * step);
  ticks.labelled.assign(ticks.at.size(), true);
  ticks.low = ticks.at.front();
  ticks.high = ticks.at.back();
  return ticks;
}

Ticks log_ticks(double low, double high) {
  constexpr std::array kFactors{1.0, 2.0, 5.0};
  constexpr int kMostFactors = 3, kMostDecades = 8;  // above: no labels at 2 and 5; some decades only
  // The place of factor * 10^decade is 3 * decade + the factor's number.
  const auto value = [&](int place) {
    const int decade = (place - (place % 3 + 3) % 3) / 3;
    return kFactors[static_cast<std::size_t>((place % 3 + 3) % 3)] * std::pow(10.0, decade);
  };
  int first = 3 * static_cast<int>(std::floor(std::log10(low))) + 2, last = first;
  while (value(first) > low * (1 + 1e-9)) --first;
  last = first + 1;
  while (value(last) < high * (1 - 1e-9)) ++last;
  const int decades = (last - first + 2) / 3;
  const int every = (decades + kMostDecades - 1) / kMostDecades;
  Ticks ticks{.low = value(first), .high = value(last), .step = 0};
  for (int place = first; place <= last; ++place) {
    const bool is_power = place % 3 == 0;
    ticks.at.push_back(value(place));
    ticks.labelled.push_back(is_power ? place / 3 % every == 0 : decades <= kMostFactors);
  }
  return ticks;
}

std::string tick_label(double value, double step) {
  const double least = step > 0 ? step : std::abs(value);
  if (value == 0 || std::abs(value) < least / 2) return "0";
  if (least >= 1e9 || least < 1e-4 * (1 - 1e-9)) {  // many zeros
    // As many digits as tell neighbours apart: 5e-05, 1.265e-7.
    const int digits = std::max(3, 2 + static_cast<int>(std::floor(std::log10(std::abs(value) / least))));
    std::string text = fmt::format("{:.{}g}", value, digits);
    const std::size_t exponent = text.find('e');
    if (exponent == text.npos) return text;
    const int power = std::stoi(text.substr(exponent + 1));
    return fmt::format("{}e{}", text.substr(0, exponent), power);
  }
  const int decimals = std::max(0, -static_cast<int>(std::floor(std::log10(least) + 1e-9)));
  return with_commas(fmt::format("{:.{}f}", value, decimals));
}

}  // namespace favras::plot
