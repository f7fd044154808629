// What the stand-in for cuDNN counts, nobody counts on a GPU: the tests of it are kOnlyEmulated.
#pragma once

namespace favras::simt {

inline int& cudnn_objects() {
  static int none = 0;
  return none;
}

}  // namespace favras::simt
