// To be preloaded: the system clock is set back by a day at the fortieth look, and forward by two at the
// eightieth.
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  constexpr time_t kDay = 86400;
  static int looks = 0;
  const auto result = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  if (clock == CLOCK_REALTIME && ++looks > 40) time->tv_sec += looks > 80 ? kDay : -kDay;
  return result;
}
