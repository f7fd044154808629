// Inverted dropout with a mask recomputed from Philox.
#pragma once

#include "engine/variable.h"
#include "kernels/dropout/dropout.h"

namespace favras {

// x [..., C]; rows of the mask are all axes but the last. keep 1 returns x itself.
Variable dropout(const Variable& x, const kernels::DropoutMask& mask);

}  // namespace favras
