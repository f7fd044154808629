// The same elements in another shape.
#pragma once

#include "engine/variable.h"

namespace favras {

// Shares x's memory. Throws std::invalid_argument unless the shape has as many elements.
Variable reshape(const Variable& x, Shape shape);

}  // namespace favras
