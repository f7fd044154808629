// Work of a few repeating shapes, such as a training step for each length of batch. On the CPU it simply
// runs. On a CUDA device its first run is ordinary and warms up the allocator, the second (or the third,
// where the first gave back what was too small) is recorded as a CUDA graph, and from then on the graph is
// launched: one call in place of a thousand. Where the device has no memory for a graph, those that are there
// are given up, and if there are none, work is ordinary from then on. One Replay at a time for each device.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "engine/tensor.h"
#include "kernels/graph/graph.h"

namespace favras {

class Replay {
 public:
  using Work = std::function<std::vector<Tensor>()>;

  enum Use { kNever, kOnCuda };
  // kNever: every run is ordinary; what becomes of kOnCuda where not even one graph has room.
  explicit Replay(Device device, Use use = kOnCuda);
  ~Replay();
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  // Runs `work`, or what it did before for this key, and gives its results; they are overwritten by the next
  // run. The work of one key always does the same to the same tensors, whose contents may change between
  // runs; it uploads nothing, reads nothing back, and takes what differs (seed, step, rate, lengths) from
  // device memory. What it allocates, it may not keep but as results: all works share memory.
  const std::vector<Tensor>& run(const Shape& key, const Work& work);

  std::size_t graphs() const;
  void clear();  // forgets every graph, and lets go of the memory that they use

 private:
  struct Entry {
    std::vector<Tensor> results;
    std::shared_ptr<kernels::cuda::Graph> graph;  // shared, for a build without CUDA cannot end one
  };
  template <class Context>
  bool record(Context&, Entry&, const Work&);

  Device device_;
  Use use_;
  std::map<Shape, Entry> entries_;
};

}  // namespace favras
