// Block barriers, grid barriers and fences.
#pragma once

#include <string>

#include "tests/simt/site.h"

namespace favras::simt {

struct Thread;

// All threads of the block meet. Returns how many brought a true predicate.
int block_barrier(Collective kind, bool predicate, Site site);
// All threads of a cooperative launch meet.
void grid_barrier(Site site);
// __threadfence: with atomics before or after it, an order between threads.
void fence(Site site);

// A thread has returned: lets those pass that waited only for it, or says what is wrong with that ("" if
// nothing is). On the host.
std::string barriers_after_return(Thread& thread);

}  // namespace favras::simt
