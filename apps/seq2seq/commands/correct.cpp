// seq2seq correct: lines in, corrected lines out.
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "apps/seq2seq/command_line/command_line.h"
#include "apps/seq2seq/commands/commands.h"
#include "apps/seq2seq/commands/correct_attention.h"
#include "apps/seq2seq/commands/correct_output.h"
#include "apps/seq2seq/commands/model_options.h"
#include "apps/seq2seq/commands/runs_to_show.h"
#include "apps/seq2seq/decoding/beam_search.h"
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
  bool differences = false, confidence = false, colours = false;
  bool shows_progress = false;
  Share share = kOfStream;
  fs::path attention;  // a picture, or none
};

// What becomes of a line, as text.
std::string shown(const InputLine& line, const CorrectedLine& corrected, const Settings& settings) {
  if (settings.differences) {
    if (corrected.text() == line.text) return "";
    return show_correction(corrected.number, line.text, corrected.text(), settings.colours) +
           (settings.confidence ? show_changes(corrected) : "");
  }
  return settings.confidence ? show_rows(corrected) : corrected.text() + line.ending;
}

// The one line that there is.
std::vector<InputLine> only_line(LineReader& reader, const std::string& name) {
  std::vector<InputLine> lines = reader.next(1, 1);
  if (lines.empty()) throw UsageError(fmt::format("--attention draws a line: {} has none", name));
  if (lines.front().goes_on)
    throw std::runtime_error(
        fmt::format("--attention: the line is longer than {} bytes: shorten it", LineReader::kPartBytes));
  if (!reader.next(1, 1).empty())
    throw UsageError(fmt::format("--attention draws a single line: {} has more", name));
  return lines;
}

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
  std::vector<InputLine> lines = settings.attention.empty() ? next() : only_line(reader, name);
  if (!settings.attention.empty())
    write_whole(settings.attention, attention_picture(run, options, lines.front().text));
  for (; !lines.empty(); lines = next()) {
    const std::vector<CorrectedLine> corrected = corrector.correct(lines);
    std::string text;
    for (std::size_t i = 0; i < lines.size(); ++i) text += shown(lines[i], corrected[i], settings);
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

fs::path picture_file(const std::string& name) {
  if (fs::path(name).extension() != ".svg")
    throw UsageError(fmt::format("--attention {}: must end in .svg", name));
  if (!fs::exists(name)) return name;
  if (!fs::is_regular_file(name)) throw UsageError(fmt::format("--attention {}: is no file", name));
  return fs::canonical(name);
}

CorrectorOptions options_of(const CommandLine& command_line) {
  CorrectorOptions options = corrector_options(command_line);
  options.n_best = command_line.get<int>("n-best");
  options.confidence = command_line.get<bool>("confidence") || command_line.given("n-best");
  if (options.n_best < 1) throw UsageError(fmt::format("--n-best {}: must be 1 at least", options.n_best));
  if (options.n_best > options.beam)
    throw UsageError(options.n_best > kWidestBeam
                         ? fmt::format("--n-best {0}: must be from 1 to {1}", options.n_best, kWidestBeam)
                         : fmt::format("--n-best {0}: there are no more outputs than are followed: add "
                                       "--beam {0}, or more",
                                       options.n_best));
  if (command_line.given("n-best") && command_line.get<bool>("diff"))
    throw UsageError("--n-best and --diff: use one of the two");
  return options;
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
      ("n-best", po::value<int>()->default_value(1)->value_name("N"),
       "print up to N outputs for each line, one a row: the line's number, the output's probability, its text; "
       "TABs between, the best first. N is at most that of --beam")
      ("confidence", po::bool_switch(),
       "print the line's number and the probability of what becomes of it before each line, TABs between; with "
       "--diff, the probability of each change below the line")
      ("attention", po::value<std::string>()->value_name("FILE.svg"),
       "draw what the model looks at while it writes the line, the only one that there is")
      ("output", po::value<std::string>()->value_name("FILE"),
       "write to FILE instead of standard output, all of it or, where something goes wrong, nothing");
  // clang-format on
  if (!command_line.parse(argc, argv)) return kExitDone;
  if (command_line.positional().size() > 1) throw UsageError("correct takes one FILE at most");
  const std::string file = command_line.positional().empty() ? "" : command_line.positional().front();
  CorrectorOptions options = options_of(command_line);
  const bool to_file = command_line.given("output");
  const fs::path output = to_file ? output_file(command_line.get<std::string>("output")) : "";
  const fs::path attention =
      command_line.given("attention") ? picture_file(command_line.get<std::string>("attention")) : "";
  const Input input(file);
  const RunModel run = load_run_model(command_line);
  options.copies_unknown = run.description.copies_unknown;

  const bool to_terminal = !to_file && isatty(STDOUT_FILENO) == 1;
  const Settings settings{.differences = command_line.get<bool>("diff"),
                          .confidence = options.confidence,
                          .colours = !to_file && shows_colours(STDOUT_FILENO),
                          .shows_progress = !to_terminal,
                          .share = input.bytes() > 0 && !to_terminal ? kOfFile : kOfStream,
                          .attention = attention};
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
