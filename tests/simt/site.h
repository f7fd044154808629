// Where in the source threads meet, and what kind of meeting it is. Small: kernels include it.
#pragma once

#include <cstdint>
#include <vector>

namespace favras::simt {

struct Site {
  const char* file;
  unsigned line;
  bool operator==(const Site& other) const;
};

enum class Collective : std::uint8_t {
  kSyncthreads,
  kSyncthreadsCount,
  kGridSync,
  kSyncwarp,
  kFence,
  kShuffle,
  kVote,
  kMatch,
  kReduce,
};
const char* name(Collective kind);

// A site whose loss a test should notice: __syncthreads, __syncwarp, grid sync, __threadfence.
struct BarrierSite {
  Site site;
  Collective kind;
};

// Every site reached since the last forget_barrier_sites(), each once, in the order first reached.
const std::vector<BarrierSite>& barrier_sites();
void forget_barrier_sites();

// Notes the site as reached, and says whether the options elide it.
bool reach(Collective kind, Site site);

}  // namespace favras::simt
