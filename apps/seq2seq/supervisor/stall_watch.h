// Notices when something that should grow does not, and when it does again.
#pragma once

#include <chrono>
#include <cstdint>

namespace favras::seq2seq {

class StallWatch {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Change { kNone, kStalled, kGoesOn };

  // limit 0: nothing ever stalls.
  StallWatch(Clock::duration limit, Clock::time_point now) : limit_(limit), last_change_(now) {}

  // size: any number that is another one after a change.
  Change look(std::uint64_t size, Clock::time_point now) {
    const bool was_stalled = stalled_;
    quiet_ = now - last_change_;
    if (size != size_) {
      size_ = size;
      last_change_ = now;
      stalled_ = false;
      return was_stalled ? Change::kGoesOn : Change::kNone;
    }
    stalled_ = limit_ > Clock::duration::zero() && quiet_ >= limit_;
    return stalled_ && !was_stalled ? Change::kStalled : Change::kNone;
  }

  double quiet_seconds() const { return std::chrono::duration<double>(quiet_).count(); }  // at the last look

 private:
  Clock::duration limit_, quiet_{};
  Clock::time_point last_change_;
  std::uint64_t size_ = 0;
  bool stalled_ = false;
};

}  // namespace favras::seq2seq
