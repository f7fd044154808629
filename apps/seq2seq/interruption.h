// SIGINT and SIGTERM ask the training loop to stop after its batch; a second one ends the process at once,
// when the first has been noticed.
//
// No handler ever runs: oneDNN's generated products use the stack pointer for data, so that the frame of a
// handler would be written over the heap. The signals stay blocked, in every thread, and are asked for.
#pragma once

namespace favras::seq2seq {

// Call it before the loop, when the number of threads is set.
void watch_for_interruption();
// From the thread that called watch_for_interruption().
bool interruption_requested();

}  // namespace favras::seq2seq
