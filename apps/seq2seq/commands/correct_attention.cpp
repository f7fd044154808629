#include "apps/seq2seq/commands/correct_attention.h"

#include <stdexcept>

#include <fmt/format.h>

#include "apps/seq2seq/data/utf8.h"
#include "apps/seq2seq/decoding/teacher_forcing.h"
#include "apps/seq2seq/decoding/unknown_characters.h"
#include "apps/seq2seq/decoding/windows.h"
#include "apps/seq2seq/plot/attention_map.h"

namespace favras::seq2seq {

namespace {

// What the model reads of the line, at once.
std::u32string read_at_once(const ModelDescription& description, bool copies_unknown,
                            const std::string& line) {
  if (first_invalid_byte(line)) throw std::runtime_error("--attention: the line is not valid UTF-8");
  std::u32string text = normalize(decode_utf8(line));
  const auto longest = static_cast<std::size_t>(description.maximum_length);
  if (text.size() > longest)
    throw std::runtime_error(
        fmt::format("--attention: the line has {} characters, and the model reads {} at a time: shorten it",
                    text.size(), longest));
  if (description.task != "text") return text;
  const std::vector<Window> windows = find_windows(text, description.vocabulary, longest, copies_unknown);
  if (windows.empty())
    throw std::runtime_error("--attention: there is nothing in the line that the model reads");
  if (windows.size() > 1)
    throw std::runtime_error(
        fmt::format("--attention: the model reads the line in {} pieces, between characters that it does not "
                    "know: leave these out",
                    windows.size()));
  const Span place = windows.front().place;
  return text.substr(place.begin, place.end - place.begin);
}

}  // namespace

std::string attention_picture(const RunModel& run, const CorrectorOptions& options, const std::string& line) {
  const ModelDescription& description = run.description;
  if (description.configuration.architecture != Architecture::kAttention)
    throw std::runtime_error(
        fmt::format("--attention: the model in {} has no attention; train --architecture attention makes one "
                    "that has",
                    run.file.string()));
  const std::u32string read = read_at_once(description, options.copies_unknown, line);
  if (read.empty()) throw std::runtime_error("--attention: the line is empty");
  const std::vector<Ids> sources{description.vocabulary.encode(std::u32string_view(read))},
      outputs{decode(*run.model, sources, {.beam = options.beam}).front().ids};
  Forced forced = std::move(force(*run.model, sources, outputs, true).front());
  std::u32string written = decode_utf8(description.vocabulary.decode(outputs.front()));
  copy_unknown(outputs.front(), read, sources.front(), forced.weights, written);
  return plot::draw_attention_svg({read, written, std::move(forced.weights)});
}

}  // namespace favras::seq2seq
