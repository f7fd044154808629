#include "kernels/lstm/lstm_packing.h"

#include <algorithm>
#include <numeric>

namespace favras::kernels::cpu {

LstmPacking::LstmPacking(std::span<const std::int32_t> lengths, int group_count)
    : groups(std::clamp<std::size_t>(lengths.size(), 1, static_cast<std::size_t>(group_count))) {
  std::vector<std::int64_t> order(lengths.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t a, std::int64_t b) { return lengths[a] > lengths[b]; });

  // Dealing the sorted rows round gives every group nearly the same work.
  for (std::size_t i = 0; i < order.size(); ++i) groups[i % groups.size()].rows.push_back(order[i]);

  std::int64_t states = 0;
  for (PackedGroup& group : groups) {
    group.first = packed_rows;
    group.first_state = states;
    states += static_cast<std::int64_t>(group.rows.size());
    for (const std::int64_t row : group.rows) group.lengths.push_back(lengths[row]);
    const std::int64_t steps = group.lengths.empty() ? 0 : group.lengths.front();
    group.offsets.assign(1, 0);
    std::int64_t active = static_cast<std::int64_t>(group.rows.size());
    for (std::int64_t step = 0; step < steps; ++step) {
      while (group.lengths[active - 1] <= step) --active;
      group.offsets.push_back(group.offsets.back() + active);
    }
    packed_rows += group.packed_rows();
  }
}

}  // namespace favras::kernels::cpu
