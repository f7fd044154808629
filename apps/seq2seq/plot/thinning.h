// Fewer points that look the same.
#pragma once

#include <vector>

#include "apps/seq2seq/plot/figure.h"

namespace favras::plot {

// Of points with x not decreasing, the first, lowest, highest and last of each column of so wide a strip of
// the x axis; the first and last of all stay.
std::vector<Point> thin_out(const std::vector<Point>& points, double column);

}  // namespace favras::plot
