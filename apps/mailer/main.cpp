// The program mailer: finds the command and turns what it throws into one line and an exit status.
#include <array>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "apps/mailer/commands/commands.h"
#include "apps/mailer/error.h"

namespace favras::mailer {
namespace {

struct Command {
  const char* name;
  const char* summary;
  int (*run)(int argc, char** argv);
};

constexpr std::array kCommands{
    Command{"test", "send one message and say step by step what happens", run_test},
    Command{"send", "send a message, or hand it to a spool", run_send},
    Command{"flush", "send what waits in a spool", run_flush},
    Command{"preview", "show a message that --dry-run wrote", run_preview},
};

std::string usage() {
  std::string text = "Usage: mailer COMMAND [OPTION...]\n\nCommands:\n";
  for (const Command& command : kCommands) text += fmt::format("  {:<9}{}\n", command.name, command.summary);
  return text + "\nmailer COMMAND --help lists a command's options; mailer --version prints the version.\n";
}

int run(int argc, char** argv) {
  const std::string name = argc < 2 ? "" : argv[1];
  if (name == "--help" || name == "-h") {
    fmt::print("{}", usage());
    return kExitDone;
  }
  if (name == "--version") {
    fmt::print("mailer {}\n", FAVRAS_VERSION);
    return kExitDone;
  }
  std::string speaker = "mailer";
  try {
    for (const Command& command : kCommands) {
      if (name != command.name) continue;
      speaker += " " + name;
      const int status = command.run(argc - 1, argv + 1);
      if (std::fflush(stdout) != 0 || std::ferror(stdout))
        throw std::runtime_error("cannot write to standard output: is the disk full?");
      return status;
    }
    throw UsageError(name.empty() ? "a command is needed" : fmt::format("unknown command '{}'", name));
  } catch (const UsageError& error) {
    fmt::print(stderr, "{}: {}\n{} --help says more.\n", speaker, error.what(), speaker);
    return kExitUsage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", speaker, error.what());
    return kExitFailed;
  }
}

}  // namespace
}  // namespace favras::mailer

int main(int argc, char** argv) { return favras::mailer::run(argc, argv); }
