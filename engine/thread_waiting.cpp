#include "engine/thread_waiting.h"

#include <cstdlib>
#include <unistd.h>

namespace favras {

void let_waiting_threads_sleep(char** argv) {
  if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) return;
  setenv("OMP_WAIT_POLICY", "passive", 1);
  execv("/proc/self/exe", argv);  // returns only where there is no /proc; then the threads spin
}

}  // namespace favras
