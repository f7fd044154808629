// The limits of the devices that the emulation can pretend to be.
#pragma once

#include <cstddef>
#include <string>

namespace favras::simt {

struct DeviceProfile {
  std::string name;
  int major = 0, minor = 0;
  int multiprocessors = 0;
  int threads_per_multiprocessor = 0;
  int blocks_per_multiprocessor = 0;
  std::size_t memory = 0;                     // bytes
  std::size_t l2 = 0;                         // bytes
  std::size_t shared_per_multiprocessor = 0;  // bytes
  std::size_t shared_per_block_opt_in = 0;    // bytes, after cudaFuncSetAttribute
  std::size_t shared_reserved_per_block = 0;  // bytes, the driver's
  std::size_t shared_per_block = 48 * 1024;   // bytes, without asking
  int registers_per_multiprocessor = 64 * 1024;
  int threads_per_block = 1024;
  int registers_per_thread = 64;  // assumed of every kernel: g++ cannot tell
};

DeviceProfile t4();
DeviceProfile h100();

// Blocks of so many threads and bytes of shared memory that fit one multiprocessor at a time, by the rules
// of NVIDIA's cuda_occupancy.h.
int resident_blocks(const DeviceProfile& device, int threads, std::size_t shared_bytes);

}  // namespace favras::simt
