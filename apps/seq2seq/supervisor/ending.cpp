#include "apps/seq2seq/supervisor/ending.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <sys/wait.h>

#include <fmt/format.h>

#include "apps/seq2seq/command_line/exit_status.h"

namespace favras::seq2seq {
namespace {

// By a mistake in the program, not by somebody's will.
constexpr std::array kCrashes{SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGTRAP};

std::string with_line(const std::string& text, const std::string& line) {
  return line.empty() ? text : fmt::format("{}: {}", text, line);
}

bool has_grown(const std::optional<std::uint64_t>& before, const std::optional<std::uint64_t>& after) {
  return before && after && *after > *before;
}

std::string who_killed(const OomKills& before, const OomKills& after) {
  if (has_grown(before.in_this_cgroup, after.in_this_cgroup))
    return "the kernel's out-of-memory killer has ended a process of this control group";
  if (has_grown(before.on_this_machine, after.on_this_machine))
    return "perhaps by the kernel's out-of-memory killer, which has ended a process on this machine";
  if (after.in_this_cgroup || after.on_this_machine) return "not by the kernel's out-of-memory killer";
  return "perhaps by the kernel's out-of-memory killer; dmesg may know";
}

Ending ended_by_signal(int wait_status, const std::string& last_line, const OomKills& before,
                       const OomKills& after) {
  const int number = WTERMSIG(wait_status);
  Ending ending{.status = 128 + number, .signal = signal_name(number)};
  if (std::find(kCrashes.begin(), kCrashes.end(), number) != kCrashes.end()) {
    ending.kind = "crashed";
    ending.text = with_line(
        fmt::format("crashed with {}{}", ending.signal, WCOREDUMP(wait_status) ? ", core dumped" : ""),
        last_line);
  } else {
    ending.kind = "killed";
    ending.text = fmt::format("was killed by {}", ending.signal);
    if (number == SIGKILL) ending.text += fmt::format(" ({})", who_killed(before, after));
  }
  return ending;
}

}  // namespace

std::string signal_name(int number) {
  const char* name = sigabbrev_np(number);
  return name == nullptr ? fmt::format("signal {}", number) : fmt::format("SIG{}", name);
}

Ending ending(int wait_status, const std::string& last_line, const OomKills& before, const OomKills& after) {
  if (WIFSIGNALED(wait_status)) return ended_by_signal(wait_status, last_line, before, after);
  const int status = WEXITSTATUS(wait_status);
  switch (status) {
    case kExitDone:
      return {"finished", status, "", "finished"};
    case kExitInterrupted:
      return {"interrupted", status, "", "was interrupted and has saved; the same command goes on"};
    case kExitDiverged:
      return {"diverged", status, "", with_line("diverged", last_line)};
    case kExitUsage:
      return {"usage", status, "", with_line("was used wrongly", last_line)};
    case kExitFailed:
      return {"failed", status, "", with_line("failed", last_line)};
    default:
      return {"failed", status, "", with_line(fmt::format("failed with status {}", status), last_line)};
  }
}

}  // namespace favras::seq2seq
