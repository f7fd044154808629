#include "apps/seq2seq/plot/label_places.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace favras::plot {

std::vector<double> place_labels(const std::vector<double>& wanted, double spacing, double low, double high) {
  const std::size_t count = wanted.size();
  if (count > 1) spacing = std::min(spacing, (high - low) / static_cast<double>(count - 1));
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });

  // With the spacing taken off, places need only not decrease: neighbours that do are pooled at their mean
  // (isotonic regression).
  struct Pool {
    double sum;
    std::size_t size;
    double mean() const { return sum / static_cast<double>(size); }
  };
  std::vector<Pool> pools;
  for (std::size_t i = 0; i < count; ++i) {
    pools.push_back({wanted[order[i]] - static_cast<double>(i) * spacing, 1});
    while (pools.size() > 1 && pools[pools.size() - 2].mean() > pools.back().mean()) {
      const Pool last = pools.back();
      pools.pop_back();
      pools.back() = {pools.back().sum + last.sum, pools.back().size + last.size};
    }
  }

  std::vector<double> places(count);
  std::size_t i = 0;
  for (const Pool& pool : pools) {
    const double highest = high - static_cast<double>(count - 1) * spacing;
    const double base = std::max(low, std::min(pool.mean(), highest));
    for (std::size_t n = 0; n < pool.size; ++n, ++i)
      places[order[i]] = base + static_cast<double>(i) * spacing;
  }
  return places;
}

}  // namespace favras::plot
