// How the emulation runs kernels: one struct of options, in force until changed.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include "tests/simt/device_profile.h"

namespace favras::simt {

// Which of the threads that can run goes next.
enum class Order {
  kFifo,
  kLifo,
  kRandom,      // each pick uniform
  kPriorities,  // random priorities, dropped at random points: finds far more orders that matter
};

// A barrier's place in the source. Lines are told apart, not columns.
struct SourceLine {
  std::string file;
  unsigned line = 0;  // 0: none
};

struct Options {
  Order order = Order::kPriorities;
  std::uint64_t seed = 1;
  // What CUDA's guide forbids is a fault, even where hardware would let it pass: threads of a block at
  // different barriers, a return before a barrier, a mask that names a lane which has left.
  bool strict = true;
  SourceLine elided;     // a barrier site that does nothing
  bool deferred = true;  // streams do nothing until something waits for them
  DeviceProfile device = h100();
  int driver_error = 0;  // what the driver says when it is asked for devices, if not 0: a cudaError
  bool failed =
      false;  // the device has failed: all that is sent to it or waited for gives an error from now on
};

Options& options();

// Options for one scope.
class ScopedOptions {
 public:
  explicit ScopedOptions(Options scoped) : saved_(std::exchange(options(), std::move(scoped))) {}
  ~ScopedOptions() { options() = std::move(saved_); }
  ScopedOptions(const ScopedOptions&) = delete;
  ScopedOptions& operator=(const ScopedOptions&) = delete;

 private:
  Options saved_;
};

// What a kernel did wrong; thrown on the host by the call that ran it: launch(), or with deferred streams
// the call that waited.
class KernelFault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace favras::simt
