// Rows of a table by index.
#pragma once

#include "engine/variable.h"

namespace favras {

// table [V, C], ids of any shape (int32, each in [0, V)) -> ids' shape with C appended.
Variable embedding(const Variable& table, const Tensor& ids);

}  // namespace favras
