// Arrays side by side along their last axis.
#pragma once

#include <vector>

#include "engine/variable.h"

namespace favras {

// Parts [..., C1], [..., C2] ... of one type, alike but for the last axis -> [..., C1 + C2 + ...]. Throws
// std::invalid_argument naming the part that does not fit.
Variable concatenate(const std::vector<Variable>& parts);

}  // namespace favras
