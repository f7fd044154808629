#include "engine/thread_waiting.h"

#include <cerrno>
#include <cstdlib>
#include <sys/prctl.h>
#include <unistd.h>

namespace favras {

void let_waiting_threads_sleep(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) {
    prctl(PR_SET_NAME, program_invocation_short_name);  // started anew it is called exe
    return;
  }
  setenv("GOMP_SPINCOUNT", "20000", 1);  // some tens of microseconds
  execv("/proc/self/exe", argv);         // returns only where there is no /proc; then the threads spin on
}

}  // namespace favras
