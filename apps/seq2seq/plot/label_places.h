// Labels in a column, each as near to its curve's end as the others leave it room.
#pragma once

#include <vector>

namespace favras::plot {

// Of labels that would like to be at `wanted` (in any order), where they are: `spacing` apart at least,
// between low and high, in the order wanted, with the least sum of squared shifts. Where they do not fit,
// they are as far apart as they can be.
std::vector<double> place_labels(const std::vector<double>& wanted, double spacing, double low, double high);

}  // namespace favras::plot
