// How the CPU's threads wait for each other.
#pragma once

namespace favras {

// Has OpenMP's threads sleep when they have waited some tens of microseconds. By default they spin for
// milliseconds, which costs many times the work itself where other programs want the same cores; sleeping at
// once would cost small networks half of their speed. The OpenMP library reads the setting before main, so
// this starts the program anew, as the same process: call it first in main. A choice of the user's own
// (OMP_WAIT_POLICY or GOMP_SPINCOUNT in the environment) is left as it is.
void let_waiting_threads_sleep(char** argv);

}  // namespace favras
