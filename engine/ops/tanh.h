// The hyperbolic tangent of every element.
#pragma once

#include "engine/variable.h"

namespace favras {

Variable tanh(const Variable& x);  // x of any shape

}  // namespace favras
