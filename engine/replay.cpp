#include "engine/replay.h"

#include <algorithm>
#include <exception>

#include "engine/allocator.h"
#include "engine/dispatch.h"

namespace favras {
namespace {

// A phase of the allocator for one scope.
class PhaseScope {
 public:
  PhaseScope(Device device, CachingAllocator::Phase phase) : allocator_(CachingAllocator::of(device)) {
    allocator_.set_phase(phase);
  }
  ~PhaseScope() { allocator_.set_phase(CachingAllocator::Phase::kOrdinary); }
  PhaseScope(const PhaseScope&) = delete;
  PhaseScope& operator=(const PhaseScope&) = delete;

 private:
  CachingAllocator& allocator_;
};

}  // namespace

Replay::Replay(Device device, Use use) : device_(device), use_(use) {
  CachingAllocator::of(device_).on_shortage([this] { clear(); });
}

Replay::~Replay() {
  try {
    clear();
  } catch (const std::exception&) {  // the device has failed: whoever waits for it hears of it
  }
  CachingAllocator::of(device_).on_shortage(nullptr);
}

const std::vector<Tensor>& Replay::run(const Shape& key, const Work& work) {
  const bool replayed = on_device(device_, [&](auto& context) {
    if constexpr (kIsCuda<decltype(context)>) {
      const auto known = entries_.find(key);
      if (known == entries_.end() || use_ == kNever) return false;
      Entry& entry = known->second;
      if (!entry.graph && !record(context, entry, work)) {
        if (graphs() == 0) use_ = kNever;  // not even one has room
        clear();                           // and with it the entry
        return false;
      }
      if (entry.graph) entry.graph->launch(context);
      return entry.graph != nullptr;
    } else {
      return false;
    }
  });
  if (!replayed) {
    const PhaseScope shared(device_, CachingAllocator::Phase::kShared);
    std::vector<Tensor> results = work();  // which may run short of memory, and then clear() is called
    entries_[key].results = std::move(results);
  }
  return entries_[key].results;
}

// Leaves no graph if other shapes took the memory meanwhile: then an ordinary run has to warm up again. False
// if there is no memory for the graph itself.
template <class Context>
bool Replay::record(Context& context, Entry& entry, const Work& work) {
  entry.results.clear();
  begin_capture(context);
  try {
    const PhaseScope recording(device_, CachingAllocator::Phase::kRecording);
    entry.results = work();
    entry.graph = end_capture(context);
    return entry.graph != nullptr;
  } catch (const NothingCached&) {
    abandon_capture(context);
    return true;
  } catch (...) {
    abandon_capture(context);
    throw;
  }
}

std::size_t Replay::graphs() const {
  return static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(),
                                                [](const auto& entry) { return bool(entry.second.graph); }));
}

void Replay::clear() {
  if (graphs() > 0) synchronize(device_);
  entries_.clear();
  CachingAllocator::of(device_).release_recorded();
}

}  // namespace favras
