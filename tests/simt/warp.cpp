#include "tests/simt/warp.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "tests/simt/grid.h"
#include "tests/simt/options.h"
#include "tests/simt/sanitizers.h"

namespace favras::simt {

namespace {

void check_mask(const Thread& thread, Collective kind, unsigned mask, Site site) {
  const Warp& warp = *thread.warp;
  const char* wrong = nullptr;
  if ((mask >> thread.lane & 1) == 0) wrong = "does not name the lane itself";
  if (options().strict && (mask & ~warp.present) != 0) wrong = "names lanes that do not exist";
  if (options().strict && (mask & warp.left) != 0) wrong = "names lanes that have returned";
  if (wrong == nullptr) return;
  std::string what = fmt::format("wrong mask {:#010x} for {} at {}: it {} ({}, lane {})", mask, name(kind),
                                 describe(site), wrong, describe(thread), thread.lane);
  thread.block->grid->fault(std::move(what));
}

// The meeting of that mask that still gathers, or a new one.
Exchange& gathering(Thread& thread, Collective kind, unsigned mask, Site site) {
  auto& exchanges = thread.warp->exchanges;
  Exchange* unused = nullptr;
  for (const auto& exchange : exchanges) {
    if (exchange->unread == 0 && exchange->arrived == 0) unused = exchange.get();
    if (exchange->complete || exchange->arrived == 0 || exchange->mask != mask) continue;
    if (exchange->kind == kind && (!options().strict || exchange->site == site)) return *exchange;
    std::string what = fmt::format(
        "divergent warp: {} is at {} at {}, lanes of the same mask {:#010x} are at {} at {}",
        describe(thread), name(kind), describe(site), mask, name(exchange->kind), describe(exchange->site));
    thread.block->grid->fault(std::move(what));
  }
  if (unused == nullptr) {
    unused = exchanges.emplace_back(std::make_unique<Exchange>()).get();
  }
  unused->mask = mask;
  unused->kind = kind;
  unused->site = site;
  unused->complete = false;
  return *unused;
}

// Lanes of the mask that can still come.
unsigned expected(const Warp& warp, unsigned mask) { return mask & warp.present & ~warp.left; }

void complete(Exchange& exchange, Warp& warp) {
  exchange.complete = true;
  exchange.unread = exchange.arrived;
  for (Thread* lane : warp.lanes) {
    if (lane == nullptr || (exchange.arrived >> lane->lane & 1) == 0) continue;
    lane->block->grid->wake(*lane);
  }
}

// Returns when all lanes of the mask are here. leave() must follow.
Exchange& meet(Collective kind, unsigned mask, std::uint64_t bits, Site site) {
  Thread& thread = this_thread(name(kind));
  Grid& grid = *thread.block->grid;
  thread.site = site;
  check_mask(thread, kind, mask, site);
  Exchange& exchange = gathering(thread, kind, mask, site);
  exchange.arrived |= 1u << thread.lane;
  exchange.values[thread.lane] = bits;
  // Shuffles and votes order no memory, by the guide; only __syncwarp does.
  if (kind == Collective::kSyncwarp) tsan_release(&exchange);
  if (exchange.arrived == expected(*thread.warp, mask)) {
    complete(exchange, *thread.warp);
    grid.stop(State::kReady, site);
  } else {
    grid.stop(State::kAtWarpExchange, site);
  }
  if (kind == Collective::kSyncwarp) tsan_acquire(&exchange);
  return exchange;
}

void leave(Exchange& exchange) {
  exchange.unread &= ~(1u << current_thread()->lane);
  if (exchange.unread == 0) exchange.arrived = 0;
}

// The lane whose value a shuffle gives, by CUDA's rules for segments of `width` lanes.
unsigned source_lane(Shuffle kind, unsigned lane, int operand, int width) {
  const auto segment = static_cast<unsigned>(width);
  const unsigned first = lane & ~(segment - 1);
  const auto by = static_cast<unsigned>(operand);
  switch (kind) {
    case Shuffle::kIndex:
      return first + (by & (segment - 1));
    case Shuffle::kUp:
      return lane - first < by ? lane : lane - by;
    case Shuffle::kDown:
      return lane - first + by >= segment ? lane : lane + by;
    case Shuffle::kXor:
      return (lane ^ by) >= first + segment ? lane : lane ^ by;
  }
  return lane;
}

std::uint32_t combine(Reduction kind, bool is_signed, std::uint32_t a, std::uint32_t b) {
  const bool less = is_signed ? static_cast<std::int32_t>(a) < static_cast<std::int32_t>(b) : a < b;
  switch (kind) {
    case Reduction::kAdd:
      return a + b;
    case Reduction::kMin:
      return less ? a : b;
    case Reduction::kMax:
      return less ? b : a;
    case Reduction::kAnd:
      return a & b;
    case Reduction::kOr:
      return a | b;
    case Reduction::kXor:
      return a ^ b;
  }
  return a;
}

}  // namespace

std::uint64_t warp_shuffle(Shuffle kind, unsigned mask, std::uint64_t bits, int operand, int width,
                           Site site) {
  const TsanIgnore ignore;
  Thread& thread = this_thread(name(Collective::kShuffle));
  if (width < 1 || width > 32 || !std::has_single_bit(static_cast<unsigned>(width))) {
    std::string what = fmt::format("warp shuffle of width {} at {}", width, describe(site));
    thread.block->grid->fault(std::move(what));
  }
  Exchange& exchange = meet(Collective::kShuffle, mask, bits, site);
  const unsigned source = source_lane(kind, thread.lane, operand, width);
  if ((exchange.arrived >> source & 1) == 0) {
    std::string what = fmt::format("{} shuffles from lane {} at {}, which takes no part (mask {:#010x})",
                                   describe(thread), source, describe(site), mask);
    thread.block->grid->fault(std::move(what));
  }
  const std::uint64_t result = exchange.values[source];
  leave(exchange);
  return result;
}

unsigned warp_ballot(unsigned mask, bool predicate, Site site) {
  const TsanIgnore ignore;
  Exchange& exchange = meet(Collective::kVote, mask, predicate ? 1 : 0, site);
  unsigned lanes = 0;
  for (unsigned lane = 0; lane < kWarpSize; ++lane) {
    if ((exchange.arrived >> lane & 1) != 0 && exchange.values[lane] != 0) lanes |= 1u << lane;
  }
  leave(exchange);
  return lanes;
}

unsigned warp_match(unsigned mask, std::uint64_t bits, Site site) {
  const TsanIgnore ignore;
  Exchange& exchange = meet(Collective::kMatch, mask, bits, site);
  unsigned lanes = 0;
  for (unsigned lane = 0; lane < kWarpSize; ++lane) {
    if ((exchange.arrived >> lane & 1) != 0 && exchange.values[lane] == bits) lanes |= 1u << lane;
  }
  leave(exchange);
  return lanes;
}

std::uint32_t warp_reduce(Reduction kind, bool is_signed, unsigned mask, std::uint32_t bits, Site site) {
  const TsanIgnore ignore;
  Exchange& exchange = meet(Collective::kReduce, mask, bits, site);
  const unsigned first = static_cast<unsigned>(std::countr_zero(exchange.arrived));
  auto result = static_cast<std::uint32_t>(exchange.values[first]);
  for (unsigned lane = first + 1; lane < kWarpSize; ++lane) {
    if ((exchange.arrived >> lane & 1) == 0) continue;
    result = combine(kind, is_signed, result, static_cast<std::uint32_t>(exchange.values[lane]));
  }
  leave(exchange);
  return result;
}

void warp_barrier(unsigned mask, Site site) {
  const TsanIgnore ignore;
  if (reach(Collective::kSyncwarp, site)) return;
  leave(meet(Collective::kSyncwarp, mask, 0, site));
}

unsigned lane_of_this_thread() { return this_thread("the lane number").lane; }

std::string exchanges_after_return(Thread& thread) {
  for (const auto& exchange : thread.warp->exchanges) {
    if (exchange->arrived == 0 || exchange->complete) continue;
    if ((exchange->mask >> thread.lane & 1) == 0) continue;
    if (options().strict) {
      return fmt::format("{} returned before {} at {}, whose mask {:#010x} names it", describe(thread),
                         name(exchange->kind), describe(exchange->site), exchange->mask);
    }
    if (exchange->arrived == expected(*thread.warp, exchange->mask)) complete(*exchange, *thread.warp);
  }
  return {};
}

}  // namespace favras::simt
