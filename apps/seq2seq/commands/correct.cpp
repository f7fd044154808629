// seq2seq correct: lines in, corrected lines out.
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "apps/seq2seq/command_line.h"
#include "apps/seq2seq/commands/commands.h"
#include "apps/seq2seq/commands/model_options.h"
#include "apps/seq2seq/corrector.h"
#include "apps/seq2seq/data/utf8.h"
#include "apps/seq2seq/line_reader.h"

namespace favras::seq2seq {

namespace {

// Lines treated together: enough to fill batches of similar length, few enough to wait for.
constexpr std::size_t kLinesAtOnce = 256;

// Standard input, or a file that is closed in the end.
class Input {
 public:
  explicit Input(const std::string& file) : descriptor_(STDIN_FILENO), owned_(!file.empty()) {
    if (owned_) descriptor_ = open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "cannot read " + file);
  }
  ~Input() {
    if (owned_) close(descriptor_);
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  bool owned_;
};

// False if nobody reads any more.
bool write_out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
    return true;
  if (errno == EPIPE) return false;
  throw std::system_error(errno, std::generic_category(), "cannot write the corrected lines");
}

class LineCorrector {
 public:
  explicit LineCorrector(const RunModel& run)
      : corrector_(*run.model, run.description.vocabulary, run.description.maximum_length),
        running_text_(run.description.task == "text") {}

  // The lines as they go out, line ends and all.
  std::string correct(const std::vector<InputLine>& lines) {
    std::vector<std::string> inputs;
    std::vector<char> for_model;
    for (const InputLine& line : lines) {
      ++number_;
      for_model.push_back(!line.text.empty() && is_valid(line.text));
      if (for_model.back()) inputs.push_back(line.text);
    }
    // Only in running text is a part of a line worth correcting on its own.
    const std::vector<std::string> outputs =
        running_text_ ? corrector_.correct(inputs) : corrector_.decode(inputs);
    std::string text;
    for (std::size_t i = 0, next = 0; i < lines.size(); ++i)
      (text += for_model[i] ? outputs[next++] : lines[i].text) += lines[i].ending;
    return text;
  }

 private:
  bool is_valid(const std::string& line) {
    const auto byte = first_invalid_byte(line);
    if (byte && !warned_) {
      fmt::print(
          stderr,
          "warning: line {} is not valid UTF-8 (byte {}); it and any others like it stay as they are\n",
          number_, *byte + 1);
      warned_ = true;
    }
    return !byte;
  }

  Corrector corrector_;
  bool running_text_;
  std::size_t number_ = 0;  // of the line looked at, from 1
  bool warned_ = false;
};

}  // namespace

int run_correct(int argc, char** argv) {
  CommandLine command_line("correct",
                           "Corrects the lines of FILE, or of standard input: one line out for each line in.",
                           "[FILE]");
  add_model_options(command_line);
  if (!command_line.parse(argc, argv)) return kExitDone;
  if (command_line.positional().size() > 1) throw UsageError("correct takes one FILE at most");
  const std::string file = command_line.positional().empty() ? "" : command_line.positional().front();
  const Input input(file);
  const RunModel run = load_run_model(command_line);

  LineCorrector corrector(run);
  LineReader reader(input.descriptor(), file.empty() ? "standard input" : file);
  for (auto lines = reader.next(kLinesAtOnce); !lines.empty(); lines = reader.next(kLinesAtOnce))
    if (!write_out(corrector.correct(lines))) return kExitFailed;
  return kExitDone;
}

}  // namespace favras::seq2seq
