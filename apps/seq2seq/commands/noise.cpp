// seq2seq noise: lines with the mistakes that training would make in them.
#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <limits>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "apps/seq2seq/command_line/command_line.h"
#include "apps/seq2seq/commands/commands.h"
#include "apps/seq2seq/data/cleaning.h"
#include "apps/seq2seq/data/dataset.h"
#include "apps/seq2seq/data/description.h"
#include "apps/seq2seq/data/edits.h"
#include "apps/seq2seq/data/files.h"
#include "apps/seq2seq/data/hashing.h"
#include "apps/seq2seq/data/noise/held_out.h"
#include "apps/seq2seq/data/quantity.h"
#include "apps/seq2seq/data/utf8.h"
#include "apps/seq2seq/evaluation/differences.h"
#include "apps/seq2seq/evaluation/measures.h"
#include "apps/seq2seq/training/line_source.h"
#include "apps/seq2seq/training/noise_text.h"
#include "apps/seq2seq/training/train_options.h"

namespace favras::seq2seq {

namespace {

// What makes the mistakes: one of the two.
struct Maker {
  std::optional<Noise> noise;
  std::optional<HeldOutMistakes> held_out;
  std::uint64_t data_seed = DataSettings{}.seed, epoch = kFrozenNoise;

  // Nothing if the line is to be left out.
  std::optional<std::u32string> noisy(const std::string& line) const {
    std::u32string text = decode_utf8(line);
    const NoiseKey key{data_seed, epoch, content_hash(line)};
    if (noise) noise->add(text, key);
    if (held_out && !held_out->add(text, key)) return std::nullopt;
    return text;
  }
};

// Without a data directory: printable ASCII and the rest of Latin-1.
Vocabulary plain_vocabulary() {
  std::u32string characters;
  for (char32_t c = 0x20; c <= 0xFF; ++c)
    if (c < 0x7F || c > 0xA0) characters += c;
  return Vocabulary(characters);
}

Dataset plain_dataset() {
  return {.directory = "",
          .task = "text",
          .fingerprint = "",
          .vocabulary = plain_vocabulary(),
          .train = {},
          .validation = {},
          .data_seed = DataSettings{}.seed,
          .maximum_length = std::numeric_limits<int>::max()};
}

Maker make_maker(const CommandLine& command_line) {
  const bool has_data = command_line.given("data"), held_out = command_line.get<bool>("held-out");
  if (held_out && command_line.clash("noise", "held-out"))
    throw UsageError("--held-out makes mistakes of its own: leave --noise out");
  TrainOptions options;
  apply(options, {{"noise", command_line.get<std::string>("noise")}});
  const NoiseMix mix = noise_mix(options);
  Dataset dataset = has_data ? load_dataset(command_line.get<std::string>("data")) : plain_dataset();
  if (command_line.given("misspellings"))
    dataset.misspellings = read_misspellings(command_line.get<std::string>("misspellings"));
  if (dataset.misspellings.empty() && (held_out || (mix.human > 0.0 && !has_data)))
    throw UsageError(fmt::format("{} needs --misspellings FILE, or --data DIR that has some",
                                 held_out ? "--held-out" : "--noise human"));
  require_noise(mix, dataset);

  Maker maker;
  maker.data_seed = command_line.given("seed") ? command_line.get<std::uint64_t>("seed") : dataset.data_seed;
  maker.epoch = command_line.get<std::uint64_t>("epoch");
  if (maker.epoch > kLastNoiseEpoch)
    throw UsageError(fmt::format("--epoch {}: must be {} at most", maker.epoch, kLastNoiseEpoch));
  if (held_out)
    maker.held_out.emplace(dataset.misspellings);
  else
    maker.noise.emplace(mix, dataset.vocabulary, dataset.maximum_length, dataset.misspellings);
  return maker;
}

// The next line that is not empty, cleaned as a column of pairs is; nothing at the end.
class Lines {
 public:
  explicit Lines(const std::string& file) : name_(file.empty() ? "standard input" : file) {
    if (!file.empty()) stream_ = open_for_reading(file);
  }
  std::optional<std::string> next() {
    std::istream& stream = stream_.is_open() ? static_cast<std::istream&>(stream_) : std::cin;
    for (std::string line; std::getline(stream, line);) {
      ++number_;
      if (first_invalid_byte(line))
        throw std::runtime_error(fmt::format("{}: line {} is not valid UTF-8", name_, number_));
      if (line = clean_field(line); !line.empty()) return line;
    }
    if (stream.bad()) throw std::runtime_error("cannot read " + name_);
    return std::nullopt;
  }

 private:
  std::string name_;
  std::ifstream stream_;
  std::uint64_t number_ = 0;
};

struct Summary {
  std::uint64_t lines = 0, untouched = 0, left_out = 0, edits = 0;
  std::array<std::uint64_t, kEditKindNames.size()> by_kind{};
  WordCounts words;

  void add(std::u32string_view noisy, std::u32string_view clean) {
    ++lines;
    untouched += noisy == clean;
    words.add(noisy, clean, noisy);
    for (const Edit& edit : find_edits(noisy, clean)) {
      ++edits;
      ++by_kind[static_cast<std::size_t>(edit.kind)];
    }
  }

  std::string text() const {
    const auto percent = [](std::uint64_t part, std::uint64_t whole) {
      return whole == 0
                 ? "-"
                 : fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
    };
    std::string text =
        fmt::format("{}, {} of them untouched", quantity(lines, "line"), percent(untouched, lines));
    if (left_out > 0) text += fmt::format("; {} left out, without a word that is listed", left_out);
    const std::uint64_t all_words = words.errors + words.good_words;
    text += fmt::format("\n{} of {} wrong\n{}", percent(words.errors, all_words), quantity(all_words, "word"),
                        quantity(edits, "edit"));
    for (std::size_t kind = 0; kind < by_kind.size(); ++kind)
      text +=
          fmt::format("{} {} {}", kind == 0 ? ":" : ",", kEditKindNames[kind], percent(by_kind[kind], edits));
    return text + '\n';
  }
};

void show(const std::u32string& noisy, const std::u32string& clean, bool colours) {
  fmt::print("{}\n", colours ? colour_differences(noisy, clean) : encode_utf8(noisy));
  const std::string marks = colours ? "" : mark_differences(noisy, clean);
  if (!marks.empty()) fmt::print("{}\n", marks);
}

}  // namespace

int run_noise(int argc, char** argv) {
  namespace po = boost::program_options;
  CommandLine command_line("noise",
                           "Shows the lines of FILE, or of standard input, with the mistakes that training "
                           "makes in them, marked.",
                           "[FILE]");
  // clang-format off
  command_line.add_options()
      ("noise", po::value<std::string>()->default_value(to_string(kDefaultNoise))->value_name("SPEC"),
       "MODEL=WEIGHT,... as for train, such as human=1,keyboard:qwertz=0.5")
      ("data", po::value<std::string>()->value_name("DIR"),
       "data directory whose characters, lengths, seed and misspellings to use")
      ("misspellings", po::value<std::string>()->value_name("FILE"),
       "wrong<TAB>right lines for human noise (default: those of --data)")
      ("held-out", po::bool_switch(),
       "instead of noise one misspelling in each line, of those that training never makes; lines without "
       "such words are left out")
      ("seed", po::value<std::uint64_t>(), "of the noise (default: that of --data, or 1)")
      ("epoch", po::value<std::uint64_t>()->default_value(kFrozenNoise),
       "of training whose mistakes to make; 0: those that validation lines have for ever")
      ("lines", po::value<std::uint64_t>()->default_value(0)->value_name("N"), "stop after N lines; 0: never")
      ("pairs", po::bool_switch(), "print noisy<TAB>clean, for evaluate --pairs");
  // clang-format on
  if (!command_line.parse(argc, argv)) return kExitDone;
  if (command_line.positional().size() > 1) throw UsageError("noise takes one FILE at most");
  const Maker maker = make_maker(command_line);
  Lines lines(command_line.positional().empty() ? "" : command_line.positional().front());
  const auto most = command_line.get<std::uint64_t>("lines");
  const bool pairs = command_line.get<bool>("pairs"), colours = shows_colours(STDOUT_FILENO);

  Summary summary;
  while (most == 0 || summary.lines < most) {
    const auto line = lines.next();
    if (!line) break;
    const auto noisy = maker.noisy(*line);
    if (!noisy) {
      ++summary.left_out;
      continue;
    }
    const std::u32string clean = decode_utf8(*line);
    summary.add(*noisy, clean);
    if (pairs)
      fmt::print("{}\t{}\n", encode_utf8(*noisy), *line);
    else
      show(*noisy, clean, colours);
  }
  std::fflush(stdout);
  fmt::print(stderr, "{}", summary.text());
  return kExitDone;
}

}  // namespace favras::seq2seq
