// Static shared arrays of kernel source: one array per array definition and CUDA block, as in CUDA per
// instantiation of the function around it. FAVRAS_SHARED passes a lambda of its own as the tag.
#pragma once

#include <type_traits>

#include "tests/simt/shared_memory.h"

namespace favras::simt {

template <class Array, class Tag>
inline constexpr char kSharedKey = 0;

template <class Array, class Tag>
Array& shared_array(Tag) {
  static_assert(std::is_trivially_default_constructible_v<std::remove_all_extents_t<Array>>,
                "shared arrays are not initialised");
  return *static_cast<Array*>(shared_array(&kSharedKey<Array, Tag>, sizeof(Array)));
}

}  // namespace favras::simt
