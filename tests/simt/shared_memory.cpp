#include "tests/simt/shared_memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include <fmt/format.h>

#include "tests/simt/grid.h"
#include "tests/simt/options.h"
#include "tests/simt/sanitizers.h"

namespace favras::simt {

namespace {

constexpr std::size_t kAlignment = 128;
constexpr int kPoison = 0xFF;  // NaN in every float format

void check_limits(const Block& block) {
  const DeviceProfile& device = options().device;
  const std::size_t dynamic = block.grid->shape().shared_bytes;
  std::size_t total = 0;
  for (const SharedArray& array : block.shared) total += array.bytes;
  if (total - dynamic > device.shared_per_block) {
    std::string what = fmt::format("{} bytes of static shared arrays; the limit is {}", total - dynamic,
                                   device.shared_per_block);
    block.grid->fault(std::move(what));
  }
  if (total > device.shared_per_block_opt_in) {
    std::string what = fmt::format("{} bytes of shared memory; a block on {} can have {}", total, device.name,
                                   device.shared_per_block_opt_in);
    block.grid->fault(std::move(what));
  }
}

}  // namespace

std::byte* allocate_shared(Block& block, const void* key, std::size_t bytes) {
  const TsanIgnore ignore;
  void* memory = nullptr;
  if (posix_memalign(&memory, kAlignment, bytes) != 0) throw std::bad_alloc();
  std::memset(memory, kPoison, bytes);
  block.shared.push_back({key, static_cast<std::byte*>(memory), bytes});
  return static_cast<std::byte*>(memory);
}

void free_shared(Block& block) {
  const TsanIgnore ignore;
  for (const SharedArray& array : block.shared) std::free(array.memory);
  block.shared.clear();
}

void* shared_array(const void* key, std::size_t bytes) {
  const TsanIgnore ignore;
  Block& block = *this_thread("a shared array").block;
  const auto known = std::find_if(block.shared.begin(), block.shared.end(),
                                  [&](const SharedArray& array) { return array.key == key; });
  if (known != block.shared.end()) return known->memory;
  std::byte* memory = allocate_shared(block, key, bytes);
  check_limits(block);
  return memory;
}

void* dynamic_shared_memory() { return this_thread("dynamic shared memory").block->dynamic_shared; }

}  // namespace favras::simt
