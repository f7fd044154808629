// seq2seq correct: lines in, corrected lines out.
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <functional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "apps/seq2seq/command_line/command_line.h"
#include "apps/seq2seq/commands/commands.h"
#include "apps/seq2seq/commands/model_options.h"
#include "apps/seq2seq/decoding/line_corrector.h"
#include "apps/seq2seq/evaluation/differences.h"
#include "apps/seq2seq/io/progress.h"
#include "apps/seq2seq/io/replacement_file.h"

namespace favras::seq2seq {

namespace {

namespace fs = std::filesystem;

// What is read before it is corrected together. Of a file enough that batches are of lines of nearly the same
// length; of anything else little enough to wait for.
struct Share {
  std::size_t lines, bytes;
};
constexpr Share kOfFile{2048, std::size_t{1} << 18}, kOfStream{256, std::size_t{1} << 14};

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

  // What is left to read of a file; 0 for anything else.
  std::uint64_t bytes() const {
    struct stat status {};
    if (fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
    const off_t left = status.st_size - lseek(descriptor_, 0, SEEK_CUR);
    return left > 0 ? static_cast<std::uint64_t>(left) : 0;
  }

 private:
  int descriptor_;
  bool owned_;
};

struct Settings {
  bool differences = false, colours = false;
  bool shows_progress = false;
  Share share = kOfStream;
};

// The whole input; false if nobody takes the output any more.
bool correct_all(const RunModel& run, const CorrectorOptions& options, const Input& input,
                 const std::string& name, const Settings& settings,
                 const std::function<bool(std::string_view)>& write) {
  Progress progress;
  LineCorrector corrector(
      Corrector(*run.model, run.description.vocabulary, run.description.maximum_length, options),
      run.description.task == "text", [&](const std::string& text) {
        progress.clear();
        fmt::print(stderr, "warning: {}\n", text);
      });
  const Speedometer speed(input.bytes());
  LineReader reader(input.descriptor(), name);
  const auto next = [&] { return reader.next(settings.share.lines, settings.share.bytes); };
  for (auto lines = next(); !lines.empty(); lines = next()) {
    const std::vector<CorrectedLine> corrected = corrector.correct(lines);
    std::string text;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (!settings.differences)
        (text += corrected[i].text) += lines[i].ending;
      else if (corrected[i].text != lines[i].text)
        text += show_correction(corrected[i].number, lines[i].text, corrected[i].text, settings.colours);
    }
    if (!write(text)) return false;
    if (settings.shows_progress) progress.show(speed.text(corrected.back().number, reader.taken()));
  }
  return true;
}

// False if nobody reads any more.
bool write_out(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(STDOUT_FILENO, text.data(), text.size());
    if (count >= 0)
      text.remove_prefix(static_cast<std::size_t>(count));
    else if (errno == EPIPE)
      return false;
    else if (errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "cannot write the corrected lines");
  }
  return true;
}

// Where a whole file may take the place of what is there.
fs::path output_file(const std::string& name) {
  if (!fs::exists(name)) return name;
  if (!fs::is_regular_file(name))
    throw UsageError(fmt::format("--output {}: is no file; leave the option out and redirect", name));
  return fs::canonical(name);
}

}  // namespace

int run_correct(int argc, char** argv) {
  namespace po = boost::program_options;
  CommandLine command_line("correct",
                           "Corrects the lines of FILE, or of standard input: one line out for each line in.",
                           "[FILE]");
  add_model_options(command_line);
  // clang-format off
  command_line.add_options()
      ("diff", po::bool_switch(),
       "print only the lines that change, with their numbers: before (-), with what is wrong marked, and after (+)")
      ("output", po::value<std::string>()->value_name("FILE"),
       "write to FILE instead of standard output, all of it or, where something goes wrong, nothing");
  // clang-format on
  if (!command_line.parse(argc, argv)) return kExitDone;
  if (command_line.positional().size() > 1) throw UsageError("correct takes one FILE at most");
  const std::string file = command_line.positional().empty() ? "" : command_line.positional().front();
  const CorrectorOptions options = corrector_options(command_line);
  const bool to_file = command_line.given("output");
  const fs::path output = to_file ? output_file(command_line.get<std::string>("output")) : "";
  const Input input(file);
  const RunModel run = load_run_model(command_line);

  const bool to_terminal = !to_file && isatty(STDOUT_FILENO) == 1;
  const Settings settings{.differences = command_line.get<bool>("diff"),
                          .colours = !to_file && shows_colours(STDOUT_FILENO),
                          .shows_progress = !to_terminal,
                          .share = input.bytes() > 0 && !to_terminal ? kOfFile : kOfStream};
  const std::string name = file.empty() ? "standard input" : file;
  if (!to_file) return correct_all(run, options, input, name, settings, write_out) ? kExitDone : kExitFailed;
  ReplacementFile to(output);
  correct_all(run, options, input, name, settings, [&](std::string_view text) {
    to.write(text);
    return true;
  });
  to.take_place();
  return kExitDone;
}

}  // namespace favras::seq2seq
