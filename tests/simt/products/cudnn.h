// What the stand-in for cuDNN holds.
#pragma once

namespace favras::simt {

// Handles and descriptors that exist.
int& cudnn_objects();

}  // namespace favras::simt
