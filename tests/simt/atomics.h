// CUDA's atomic functions, and flags that are released and acquired. None orders anything but itself
// (relaxed), unless fences stand around it.
#pragma once

#include <cstring>

#include "tests/simt/site.h"

namespace favras::simt {

// Before and after every atomic access: lets other threads in now and then, and keeps what
// ThreadSanitizer must know of fences.
void before_atomic(void* address, Site site);
void after_atomic(void* address);
// Before a flag is read: lets all others run first, since a thread may wait for it in a loop.
void before_acquire(Site site);
void after_release();

template <class T, class Update>
T atomic_update(T* address, Site site, Update update) {
  before_atomic(address, site);
  T old;
  __atomic_load(address, &old, __ATOMIC_RELAXED);
  T desired = update(old);
  while (!__atomic_compare_exchange(address, &old, &desired, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    desired = update(old);
  }
  after_atomic(address);
  return old;
}

template <class T>
struct Same {
  using Type = T;
};
template <class T>
using Given = typename Same<T>::Type;  // not deduced: converts to the address's type

}  // namespace favras::simt

#define FAVRAS_SIMT_ATOMIC(function, expression)                                                     \
  template <class T>                                                                                 \
  T function(T* address, favras::simt::Given<T> value, const char* file = __builtin_FILE(),          \
             unsigned line = __builtin_LINE()) {                                                     \
    return favras::simt::atomic_update(address, {file, line},                                        \
                                       [value]([[maybe_unused]] T old) -> T { return expression; }); \
  }
FAVRAS_SIMT_ATOMIC(atomicAdd, old + value)
FAVRAS_SIMT_ATOMIC(atomicSub, old - value)
FAVRAS_SIMT_ATOMIC(atomicMin, value < old ? value : old)
FAVRAS_SIMT_ATOMIC(atomicMax, value > old ? value : old)
FAVRAS_SIMT_ATOMIC(atomicAnd, old& value)
FAVRAS_SIMT_ATOMIC(atomicOr, old | value)
FAVRAS_SIMT_ATOMIC(atomicXor, old ^ value)
FAVRAS_SIMT_ATOMIC(atomicExch, value)
FAVRAS_SIMT_ATOMIC(atomicInc, old >= value ? 0 : old + 1)
FAVRAS_SIMT_ATOMIC(atomicDec, old == 0 || old > value ? value : old - 1)
#undef FAVRAS_SIMT_ATOMIC

template <class T>
T atomicCAS(T* address, favras::simt::Given<T> expected, favras::simt::Given<T> desired,
            const char* file = __builtin_FILE(), unsigned line = __builtin_LINE()) {
  return favras::simt::atomic_update(address, {file, line},
                                     [=](T old) -> T { return old == expected ? desired : old; });
}
