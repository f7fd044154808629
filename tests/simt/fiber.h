// A stack of its own on which a function runs, stops in the middle and goes on: one CUDA thread.
#pragma once

#include <cstddef>

#include <boost/context/detail/fcontext.hpp>

namespace favras::simt {

// A piece of memory for a fiber, from a pool that only grows.
class Stack {
 public:
  Stack();
  ~Stack();
  Stack(Stack&& other) noexcept;
  Stack& operator=(Stack&&) = delete;

  std::byte* bottom() const { return bottom_; }  // the lowest address; stacks grow towards it
  static std::size_t size();
  bool overrun() const;  // the lowest words were written

 private:
  std::byte* bottom_;
};

class Fiber {
 public:
  Fiber() = default;
  ~Fiber();
  Fiber(Fiber&& other) noexcept;
  Fiber& operator=(Fiber&&) = delete;

  // Arms the fiber: the next resume() calls entry(argument) on its stack. What ran before is abandoned.
  void start(void (*entry)(void*), void* argument);
  void resume();   // on the host: runs the fiber until it suspends or ends
  void suspend();  // on the fiber, within a TsanIgnore: back to resume()'s caller

  bool overrun() const { return stack_.overrun(); }
  // Gives ThreadSanitizer another thread, so that the fiber's next run has no past in this launch.
  void forget();
  // On the host: as if the fiber, which is to be abandoned, released the address for ThreadSanitizer.
  void release_for_tsan(void* address);
  // The launch is over and the host knows all its threads did: their successors may stand for new ones.
  static void forget_launch();

 private:
  void retire();
  static void run(boost::context::detail::transfer_t from);

  Stack stack_;
  boost::context::detail::fcontext_t inside_ = nullptr;   // where the fiber stopped
  boost::context::detail::fcontext_t outside_ = nullptr;  // where its resumer waits
  void (*entry_)(void*) = nullptr;
  void* argument_ = nullptr;
  bool ended_ = false;
  void* tsan_fiber_ = nullptr;
  void* tsan_host_ = nullptr;
  void* asan_inside_ = nullptr;  // AddressSanitizer's own stacks
  void* asan_outside_ = nullptr;
  const void* host_bottom_ = nullptr;
  std::size_t host_size_ = 0;
};

}  // namespace favras::simt
