// Child processes and the signals that tell of them.
#pragma once

#include <optional>
#include <signal.h>
#include <string>
#include <sys/types.h>
#include <vector>

namespace favras::seq2seq {

// Takes over SIGINT, SIGTERM, SIGUSR1 and SIGHUP, unless they are ignored, and SIGCHLD, for as long as the
// program runs: they wait to be asked for. Writing to a reader that has gone is an error, no signal
// (SIGPIPE).
class SignalInbox {
 public:
  SignalInbox();
  ~SignalInbox();
  SignalInbox(const SignalInbox&) = delete;
  SignalInbox& operator=(const SignalInbox&) = delete;

  int descriptor() const { return descriptor_; }  // readable when there is one
  std::optional<int> next();                      // its number; does not wait
  void let_go();                                  // from now on a signal does what it does by default
  const sigset_t& mask_before() const { return before_; }

 private:
  int descriptor_;
  sigset_t read_{}, before_{};
};

struct ProcessStart {
  std::string file;                // to execute
  std::vector<std::string> words;  // its arguments, with its name
  int err = -1;                    // its standard error; -1: this process's
  int signal_on_our_end = 0;       // what it gets when this process ends; 0: nothing
};

// Started with the signals unblocked that were so before the inbox. Throws std::system_error if there can be
// none; a file that cannot be executed ends it with status 127.
pid_t start_process(const ProcessStart& start, const SignalInbox& inbox);

}  // namespace favras::seq2seq
