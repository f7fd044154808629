// simt_bugs broken|fixed NAME|all ORDER SEED: runs deliberate bugs, or the same code without them. Exits
// 0 if all results were right, 1 after a wrong result or a fault, else with a sanitizer's status.
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <map>
#include <string>

#include "tests/simt/bugs/bugs.h"
#include "tests/simt/options.h"

namespace {

using namespace favras::simt_bugs;
using favras::simt::Order;

std::vector<Bug> all_bugs() {
  std::vector<Bug> all;
  for (const auto& bugs : {barrier_bugs(), warp_bugs(), memory_bugs(), grid_bugs(), stream_bugs()}) {
    all.insert(all.end(), bugs.begin(), bugs.end());
  }
  return all;
}

bool passes(const Bug& bug, bool fixed) {
  try {
    if (bug.run(fixed)) return true;
    std::fprintf(stderr, "%s: wrong result\n", bug.name);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", bug.name, error.what());
  }
  return false;
}

}  // namespace

int main(int count, char** arguments) {
  const std::map<std::string, Order> orders{{"fifo", Order::kFifo},
                                            {"lifo", Order::kLifo},
                                            {"random", Order::kRandom},
                                            {"priorities", Order::kPriorities}};
  if (count != 5 || !orders.contains(arguments[3])) return 2;
  const bool fixed = std::string(arguments[1]) == "fixed";
  const std::string name = arguments[2];
  favras::simt::options().order = orders.at(arguments[3]);
  favras::simt::options().seed = std::strtoull(arguments[4], nullptr, 10);
  int run = 0, failed = 0;
  for (const Bug& bug : all_bugs()) {
    if (name != "all" && name != bug.name) continue;
    ++run;
    if (!passes(bug, fixed)) ++failed;
  }
  std::printf("%d run, %d failed\n", run, failed);
  if (run == 0) return 2;
  return failed == 0 ? 0 : 1;
}
