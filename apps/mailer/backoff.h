// How long to wait after failures in a row: twice as long each time, up to a limit, and never quite as long
// as others who failed at the same moment.
#pragma once

#include <chrono>

namespace favras::mailer {

struct Backoff {
  std::chrono::milliseconds first = std::chrono::seconds(30);
  std::chrono::milliseconds longest = std::chrono::hours(1);

  // Between half of it and all of it, as the clock's nanoseconds have it; failures count from 1.
  std::chrono::milliseconds after(unsigned failures, std::chrono::system_clock::time_point now) const;
};

}  // namespace favras::mailer
