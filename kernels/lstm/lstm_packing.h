// Which rows of a batch are alive at which step: sequences packed without their padding, as the CPU's
// LSTM walks them. Rows are dealt to groups that never wait for each other, one thread each.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace favras::kernels::cpu {

// A group's rows, longest first: those alive at step s are the first active(s). Packed row
// first + offsets[s] + rank holds step s of batch row rows[rank].
struct PackedGroup {
  std::vector<std::int64_t> rows;     // batch rows by falling length; rows of length 0 come last
  std::vector<std::int64_t> lengths;  // of those rows
  std::vector<std::int64_t> offsets;  // [steps + 1], from 0
  std::int64_t first = 0;             // packed rows of the groups before
  std::int64_t first_state = 0;       // batch rows of the groups before

  std::int64_t steps() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
  std::int64_t packed_rows() const { return offsets.back(); }
  std::int64_t active(std::int64_t step) const {
    return step < steps() ? offsets[step + 1] - offsets[step] : 0;
  }
  std::int64_t packed_row(std::int64_t step, std::int64_t rank) const { return first + offsets[step] + rank; }
};

struct LstmPacking {
  // groups: at least 1; fewer are made when the batch is smaller
  LstmPacking(std::span<const std::int32_t> lengths, int groups);

  std::vector<PackedGroup> groups;
  std::int64_t packed_rows = 0;  // the sum of the lengths
};

}  // namespace favras::kernels::cpu
