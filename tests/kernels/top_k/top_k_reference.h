// What top_k must find, by a stable sort of every row.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

namespace favras::test {

template <class A>
struct Found {
  std::vector<A> values;
  std::vector<std::int32_t> indices;
};

template <class A>
Found<A> top_k_by_sorting(const std::vector<A>& x, std::int64_t rows, std::int64_t k) {
  Found<A> found;
  const std::int64_t columns = rows == 0 ? 0 : static_cast<std::int64_t>(x.size()) / rows;
  std::vector<std::int32_t> order(columns);
  for (std::int64_t row = 0; row < rows; ++row) {
    const A* values = x.data() + row * columns;
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, [&](std::int32_t a, std::int32_t b) {
      return std::isnan(values[a]) ? !std::isnan(values[b]) : values[a] > values[b];
    });
    for (std::int64_t i = 0; i < k; ++i) {
      found.values.push_back(values[order[i]]);
      found.indices.push_back(order[i]);
    }
  }
  return found;
}

}  // namespace favras::test
