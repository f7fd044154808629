// SIGINT and SIGTERM ask the training loop to stop after its batch; a second one ends the process at once.
#pragma once

namespace favras::seq2seq {

void watch_for_interruption();
bool interruption_requested();

}  // namespace favras::seq2seq
