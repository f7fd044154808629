#include "apps/seq2seq/plot/thinning.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace favras::plot {

std::vector<Point> thin_out(const std::vector<Point>& points, double column) {
  std::vector<Point> kept;
  for (std::size_t first = 0; first < points.size();) {
    const double place = std::floor(points[first].x / column);
    std::size_t end = first + 1, lowest = first, highest = first;
    for (; end < points.size() && std::floor(points[end].x / column) == place; ++end) {
      if (points[end].y < points[lowest].y) lowest = end;
      if (points[end].y > points[highest].y) highest = end;
    }
    std::vector<std::size_t> chosen{first, lowest, highest, end - 1};
    std::sort(chosen.begin(), chosen.end());
    chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
    for (const std::size_t i : chosen) kept.push_back(points[i]);
    first = end;
  }
  return kept;
}

}  // namespace favras::plot
