// Lines as prepare makes them: cleaned, cut and filtered, texts and pairs. Input: three bytes for the
// settings, then lines.
#include <algorithm>
#include <numeric>

#include "apps/seq2seq/data/line_maker.h"
#include "apps/seq2seq/data/utf8.h"
#include "tests/fuzz/fuzz.h"

namespace favras::seq2seq {
namespace {

DataSettings settings_of(fuzz::Input& input) {
  const std::uint8_t bits = input.byte();
  DataSettings settings;
  settings.task = (bits & 1) != 0 ? "pairs" : "text";
  settings.skip_invalid = (bits & 2) != 0;
  if (!settings.has_pairs()) {  // as prepare allows them
    settings.split = (bits & 4) == 0 ? "whole" : (bits & 8) == 0 ? "sentences" : "cut";
    settings.filter = (bits & 16) == 0 ? "none" : "english";
  }
  settings.minimum_length = input.byte() % 16;
  settings.maximum_length = settings.minimum_length + 1 + input.byte();
  return settings;
}

void check_kept(std::string_view content, const DataSettings& settings) {
  fuzz::require(!first_invalid_byte(content) && content.find('\n') == content.npos &&
                    content.find('\0') == content.npos,
                "a kept line is a line of text");
  fuzz::require(std::count(content.begin(), content.end(), '\t') == settings.has_pairs(),
                "a pair has two columns");
  const auto [source, target] = settings.has_pairs() ? two_columns(content, "") : std::pair(content, content);
  for (const std::string_view column : {source, target}) {
    const auto length = static_cast<int>(count_characters(column));
    fuzz::require(length >= settings.minimum_length && length <= settings.maximum_length, "lengths are kept");
  }
  DataSettings whole = settings;
  whole.split = "whole";
  LineCounts counts;
  std::string again;
  const LineMaker make(whole);
  make(content, counts, [&](std::string_view kept) { again = kept; });
  fuzz::require(again == content, "a kept line is kept as it is");
}

}  // namespace
}  // namespace favras::seq2seq

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::seq2seq;
  fuzz::Input input(data, size);
  const DataSettings settings = settings_of(input);
  const LineMaker make(settings);
  LineCounts counts;
  std::uint64_t lines = 0, kept = 0;
  while (!input.rest().empty()) {
    ++lines;
    const std::string_view line = input.line();
    fuzz::parsed<BadLine>([&] {
      make(line, counts, [&](std::string_view content) {
        ++kept;
        check_kept(content, settings);
      });
      return true;
    });
  }
  const auto not_english =
      std::accumulate(counts.not_english.begin(), counts.not_english.end(), std::uint64_t{0});
  fuzz::require(counts.read == lines, "lines are counted");
  fuzz::require(counts.made == kept + counts.too_short + counts.too_long + not_english,
                "what is dropped is counted");
  return 0;
}
