// y = x W^T + b over the last axis.
#pragma once

#include "engine/variable.h"

namespace favras {

// x [..., I], weight [O, I], bias [O] or none -> [..., O].
Variable linear(const Variable& x, const Variable& weight, const Variable& bias = {});

}  // namespace favras
