// Runs something under every order of the scheduler and several seeds.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/simt/options.h"

namespace favras::simt {

inline Options ordered(Order order, std::uint64_t seed = 1) {
  Options options;
  options.order = order;
  options.seed = seed;
  return options;
}

// One set of options for each order; the random ones with several seeds.
inline std::vector<Options> every_order(std::uint64_t seeds = 3) {
  std::vector<Options> all{ordered(Order::kFifo), ordered(Order::kLifo)};
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    all.push_back(ordered(Order::kRandom, seed));
    all.push_back(ordered(Order::kPriorities, seed));
  }
  return all;
}

// What `run` returns, a vector of numbers; the bits must be the same every time.
template <class Run>
auto same_in_every_order(Run run) {
  const ScopedOptions restored(options());
  decltype(run()) first;
  for (const Options& option : every_order()) {
    options() = option;
    auto result = run();
    if (first.empty()) first = result;
    BOOST_REQUIRE(result.size() == first.size());
    const std::size_t bytes = result.size() * sizeof(result[0]);
    BOOST_TEST((std::memcmp(result.data(), first.data(), bytes) == 0));
  }
  return first;
}

}  // namespace favras::simt
