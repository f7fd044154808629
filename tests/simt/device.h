// All that kernel source sees of the emulation. Included by the platform header alone.
#pragma once

#include <cuda_runtime.h>

#include "tests/simt/atomics.h"
#include "tests/simt/builtins.h"
#include "tests/simt/intrinsics.h"
#include "tests/simt/launch.h"
#include "tests/simt/shared_array.h"
#include "tests/simt/warp_builtins.h"

#define __launch_bounds__(...)
// NVIDIA's header makes it an empty word for g++: every thread would silently have its own copy.
#undef __shared__
#define __shared__ favras_use_FAVRAS_SHARED_instead_of___shared__
