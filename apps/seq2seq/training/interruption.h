// What asks the training loop to stop after its batch: SIGINT, SIGTERM, SIGUSR1 (SLURM's warning), SIGHUP
// (the terminal closed), SIGXCPU (its CPU time is used up), or a part of the program that knows better.
//
// A second signal ends the process at once, by its default action. SIGHUP and SIGXCPU come in numbers, from
// shell, kernel and systemd, and do not count; what a supervisor passes on to its child counts apart from
// what reaches the child too, as a terminal's Ctrl-C does. A signal that was ignored when the program started
// stays ignored: SIGHUP under nohup, SIGINT in the background of a script. A reader of the output that goes
// away (SIGPIPE) ends nothing.
//
// No handler ever runs: oneDNN's generated products use the stack pointer for data, so that the frame of a
// handler would be written over the heap. The signals are blocked in every thread, and waited for in one.
#pragma once

#include <optional>
#include <string>

namespace favras::seq2seq {

// Once, before the loop, and before any library that makes threads of its own is used.
void watch_for_interruption();

// The first reason there was: "SIGTERM", "spot notice: ...". Cheap; ask after each batch.
std::optional<std::string> interruption_reason();
bool interruption_requested();

// From any thread; only the first reason is kept.
void request_interruption(std::string reason);

}  // namespace favras::seq2seq
