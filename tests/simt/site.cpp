#include "tests/simt/site.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "tests/simt/options.h"

namespace favras::simt {

namespace {

std::vector<BarrierSite> sites;

}  // namespace

bool Site::operator==(const Site& other) const {
  return line == other.line && (file == other.file || std::strcmp(file, other.file) == 0);
}

const char* name(Collective kind) {
  constexpr const char* kNames[] = {"__syncthreads", "__syncthreads_count/and/or",
                                    "grid sync",     "__syncwarp",
                                    "__threadfence", "warp shuffle",
                                    "warp vote",     "__match_any_sync",
                                    "__reduce_sync"};
  static_assert(std::size(kNames) == static_cast<std::size_t>(Collective::kReduce) + 1);
  return kNames[static_cast<std::size_t>(kind)];
}

const std::vector<BarrierSite>& barrier_sites() { return sites; }
void forget_barrier_sites() { sites.clear(); }

bool reach(Collective kind, Site site) {
  const auto known =
      std::find_if(sites.begin(), sites.end(), [&](const BarrierSite& other) { return other.site == site; });
  if (known == sites.end()) sites.push_back({site, kind});
  const SourceLine& elided = options().elided;
  return elided.line == site.line && elided.line != 0 && elided.file == site.file;
}

}  // namespace favras::simt
