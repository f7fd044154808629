// The program seq2seq: finds the command and turns what it throws into one line and an exit status.
#include <array>
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <new>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "apps/seq2seq/command_line/command_line.h"
#include "apps/seq2seq/command_line/nearest.h"
#include "apps/seq2seq/commands/commands.h"
#include "apps/seq2seq/io/console.h"
#include "engine/thread_waiting.h"

namespace favras::seq2seq {

namespace {

struct Command {
  const char* name;
  const char* summary;
  int (*run)(int argc, char** argv);
};

constexpr std::array kCommands{
    Command{"prepare", "make a data directory from text, from pairs, or for the letter-sorting task",
            run_prepare},
    Command{"train", "train a model, or go on with a run that was stopped", run_train},
    Command{"supervise", "run a trainer as a child, report how it ended, start it again", run_supervise},
    Command{"evaluate", "measure a trained model beside doing nothing", run_evaluate},
    Command{"correct", "correct lines of text", run_correct},
    Command{"export", "write the model of a run as one small file", run_export},
    Command{"inspect",
            "say what a run, a checkpoint, a model or a data directory is, and whether it is whole",
            run_inspect},
    Command{"plot", "draw the losses or other values of runs in one picture", run_plot},
    Command{"report", "write a page of HTML on runs", run_report},
    Command{"noise", "show the mistakes that training makes in lines", run_noise},
    Command{"devices", "say what this machine offers", run_devices},
};

std::string usage() {
  std::string text = "Usage: seq2seq COMMAND [OPTION...]\n\nCommands:\n";
  for (const Command& command : kCommands) text += fmt::format("  {:<11}{}\n", command.name, command.summary);
  return text + "\nseq2seq COMMAND --help lists a command's options; seq2seq --version prints the version.\n";
}

const Command& find_command(const std::string& name) {
  std::vector<std::string> names;
  for (const Command& command : kCommands) {
    if (name == command.name) return command;
    names.emplace_back(command.name);
  }
  const bool is_option = name.starts_with("-");
  const std::string meant = nearest(is_option ? name.substr(name.find_first_not_of('-')) : name, names);
  throw UsageError(fmt::format("unknown {} {}{}", is_option ? "option" : "command", name,
                               meant.empty() ? "" : fmt::format("; did you mean {}?", meant)));
}

int run(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "{}", usage());
    return kExitUsage;
  }
  const std::string name = argv[1];
  if (name == "--help" || name == "-h") {
    fmt::print("{}", usage());
    return kExitDone;
  }
  if (name == "--version") {
    fmt::print("{}\n", version_text());
    return kExitDone;
  }
  std::string speaker = "seq2seq";
  try {
    const Command& command = find_command(name);
    speaker += fmt::format(" {}", command.name);
    const int status = command.run(argc - 1, argv + 1);
    if (std::fflush(stdout) != 0 || std::ferror(stdout))
      throw std::runtime_error("cannot write to standard output: is the disk full?");
    return status;
  } catch (const UsageError& error) {
    tell(stderr, fmt::format("{}: {}\n{} --help says more.\n", speaker, error.what(), speaker));
    return kExitUsage;
  } catch (const std::bad_alloc&) {
    tell(stderr, fmt::format("{}: out of memory\n", speaker));
    return kExitFailed;
  } catch (const std::exception& error) {
    tell(stderr, fmt::format("{}: {}\n", speaker, error.what()));
    return kExitFailed;
  }
}

// Stands in for standard streams that are closed: otherwise a file that is opened would get the number of
// one, and what is printed would go into it.
void open_closed_streams() {
  int file;
  do file = ::open("/dev/null", O_RDWR);
  while (file >= 0 && file <= STDERR_FILENO);
  if (file >= 0) ::close(file);
}

}  // namespace

}  // namespace favras::seq2seq

int main(int argc, char** argv) {
  favras::seq2seq::open_closed_streams();
  favras::let_waiting_threads_sleep(argv);
  return favras::seq2seq::run(argc, argv);
}
