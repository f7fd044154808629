// What AddressSanitizer and ThreadSanitizer must be told of fibers, barriers and device memory. Every
// function does nothing in a build without that sanitizer.
#pragma once

#include <cstddef>

#if defined(FAVRAS_SIMT_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(FAVRAS_SIMT_TSAN)
#include <sanitizer/tsan_interface.h>
extern "C" void AnnotateIgnoreWritesBegin(const char* file, int line);
extern "C" void AnnotateIgnoreWritesEnd(const char* file, int line);
#endif

namespace favras::simt {

#if defined(FAVRAS_SIMT_ASAN)
constexpr bool kAsan = true;
inline void asan_leave(void** fake_stack, const void* bottom, std::size_t size) {
  __sanitizer_start_switch_fiber(fake_stack, bottom, size);
}
inline void asan_enter(void* fake_stack, const void** old_bottom, std::size_t* old_size) {
  __sanitizer_finish_switch_fiber(fake_stack, old_bottom, old_size);
}
inline void asan_forbid(const void* memory, std::size_t size) { __asan_poison_memory_region(memory, size); }
inline void asan_allow(const void* memory, std::size_t size) { __asan_unpoison_memory_region(memory, size); }
#else
constexpr bool kAsan = false;
inline void asan_leave(void**, const void*, std::size_t) {}
inline void asan_enter(void*, const void**, std::size_t*) {}
inline void asan_forbid(const void*, std::size_t) {}
inline void asan_allow(const void*, std::size_t) {}
#endif

#if defined(FAVRAS_SIMT_TSAN)
constexpr bool kTsan = true;
inline void* tsan_new_fiber() { return __tsan_create_fiber(0); }
inline void tsan_delete_fiber(void* fiber) { __tsan_destroy_fiber(fiber); }
inline void* tsan_this_fiber() { return __tsan_get_current_fiber(); }
inline void tsan_switch(void* fiber) { __tsan_switch_to_fiber(fiber, __tsan_switch_to_fiber_no_sync); }
// All that this thread did before happens before all that another does after tsan_acquire of the address.
inline void tsan_release(void* address) { __tsan_release(address); }
inline void tsan_acquire(void* address) { __tsan_acquire(address); }
// While one lives, this thread's accesses are not looked at, and what it allocates starts without a past.
// Everything that kernels call in the emulation has one: the scheduler is no business of ThreadSanitizer.
class TsanIgnore {
 public:
  TsanIgnore() { AnnotateIgnoreWritesBegin(__FILE__, __LINE__); }
  ~TsanIgnore() { AnnotateIgnoreWritesEnd(__FILE__, __LINE__); }
};
// Ends the ignoring for a while within a TsanIgnore: an abandoned fiber must not be left ignoring.
class TsanHeed {
 public:
  TsanHeed() { AnnotateIgnoreWritesEnd(__FILE__, __LINE__); }
  ~TsanHeed() { AnnotateIgnoreWritesBegin(__FILE__, __LINE__); }
};
#else
constexpr bool kTsan = false;
inline void* tsan_new_fiber() { return nullptr; }
inline void tsan_delete_fiber(void*) {}
inline void* tsan_this_fiber() { return nullptr; }
inline void tsan_switch(void*) {}
inline void tsan_release(void*) {}
inline void tsan_acquire(void*) {}
class TsanIgnore {
 public:
  TsanIgnore() {}
  ~TsanIgnore() {}
};
class TsanHeed {
 public:
  TsanHeed() {}
  ~TsanHeed() {}
};
#endif

}  // namespace favras::simt
