// Meetings of the lanes of a warp. Lanes meet when all that a mask names have brought the same mask.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/simt/site.h"

namespace favras::simt {

struct Thread;

enum class Shuffle : std::uint8_t { kIndex, kUp, kDown, kXor };
enum class Reduction : std::uint8_t { kAdd, kMin, kMax, kAnd, kOr, kXor };

// Values travel as bits, zero-extended to 64.
std::uint64_t warp_shuffle(Shuffle kind, unsigned mask, std::uint64_t bits, int operand, int width,
                           Site site);
// The lanes of the mask whose predicate holds.
unsigned warp_ballot(unsigned mask, bool predicate, Site site);
// The lanes of the mask that brought the same bits.
unsigned warp_match(unsigned mask, std::uint64_t bits, Site site);
// Over the lanes of the mask, as signed or unsigned 32-bit numbers.
std::uint32_t warp_reduce(Reduction kind, bool is_signed, unsigned mask, std::uint32_t bits, Site site);
void warp_barrier(unsigned mask, Site site);

unsigned lane_of_this_thread();

// As barriers_after_return, for the meetings of the thread's warp.
std::string exchanges_after_return(Thread& thread);

}  // namespace favras::simt
