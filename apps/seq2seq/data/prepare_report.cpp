#include "apps/seq2seq/data/prepare_report.h"

#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "apps/seq2seq/data/block_reader.h"
#include "apps/seq2seq/data/english.h"
#include "apps/seq2seq/data/hashing.h"
#include "apps/seq2seq/data/quantity.h"

namespace favras::seq2seq {

namespace {

std::string row(std::string_view name, std::uint64_t count) {
  return fmt::format("{:<48}{:>12}\n", name, count);
}

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

using Reasons = std::vector<std::pair<std::string, std::uint64_t>>;

Reasons input_lines_dropped(const LineCounts& counts, const DataSettings& settings) {
  Reasons reasons;
  if (counts.overlong != 0)
    reasons.emplace_back(fmt::format("longer than {} bytes", kLongestLineBytes), counts.overlong);
  if (settings.skip_invalid) reasons.emplace_back("not valid UTF-8", counts.invalid);
  reasons.emplace_back("empty", counts.empty);
  return reasons;
}

Reasons made_lines_dropped(const LineCounts& counts, const DataSettings& settings) {
  const auto characters = [](int count) { return quantity(static_cast<std::uint64_t>(count), "character"); };
  Reasons reasons{{"shorter than " + characters(settings.minimum_length), counts.too_short},
                  {"longer than " + characters(settings.maximum_length), counts.too_long}};
  for (int fault = 1; settings.filter == "english" && fault < kEnglishFaults; ++fault) {
    reasons.emplace_back(name_of(static_cast<EnglishFault>(fault)),
                         counts.not_english[static_cast<std::size_t>(fault)]);
  }
  reasons.emplace_back("seen before", counts.duplicates);
  reasons.emplace_back("a character that is too rare", counts.rare_characters);
  return reasons;
}

std::string rows(const Reasons& reasons) {
  std::string text;
  for (const auto& [reason, count] : reasons) text += row("  dropped: " + reason, count);
  return text;
}

}  // namespace

Reasons dropped_lines(const LineCounts& counts, const DataSettings& settings) {
  Reasons all = input_lines_dropped(counts, settings);
  const Reasons made = made_lines_dropped(counts, settings);
  all.insert(all.end(), made.begin(), made.end());
  return all;
}

std::string counts_table(const LineCounts& counts, const DataSettings& settings) {
  std::string text;
  if (settings.task != "sort") {
    text += row("lines read", counts.read) + rows(input_lines_dropped(counts, settings));
    if (settings.split != "whole") text += row("sentences in them", counts.sentences);
    if (settings.split == "cut") text += row("  too long and cut", counts.cut);
    if (settings.split != "whole") text += row("lines made of them", counts.made);
    text += rows(made_lines_dropped(counts, settings));
  }
  text += row("training lines", counts.train) + row("validation lines", counts.validation);
  if (settings.group_by != "content") text += row("  in groups of both sides", counts.both);
  return text;
}

std::string leaks_table(const LeakReport& leaks, const LineCounts& counts) {
  const auto share = [](std::string_view name, std::uint64_t part, std::uint64_t whole) {
    return fmt::format("{:<48}{:>12}{:>8.2f} %\n", name, part, percent(part, whole));
  };
  const std::uint64_t near = leaks.mostly_8 + leaks.same_words;
  return (leaks.lines == counts.validation ? row("validation lines beside all training lines", leaks.lines)
                                           : row("validation lines compared, the first", leaks.lines)) +
         row("  of 5 words or more", leaks.with_5) +
         share("    5 words in a row as in a training line", leaks.shared_5, leaks.with_5) +
         row("  of 8 words or more", leaks.with_8) +
         share("    8 words in a row as in a training line", leaks.shared_8, leaks.with_8) +
         share("  near-duplicates", near, leaks.lines) +
         row("    fewer than 8 words, all of them the same", leaks.same_words) +
         row("    more than half of the runs of 8 words", leaks.mostly_8);
}

std::string groups_note(const DataDescription& description) {
  const DataSettings& settings = description.settings;
  const LineCounts& counts = description.counts;
  if (settings.group_by == "content") return {};
  std::map<std::string, bool> held_out;
  for (const SourceFile& source : description.sources) {
    held_out[source.group] =
        is_validation(content_hash(source.group), settings.seed, settings.validation_share);
  }
  const auto count =
      std::count_if(held_out.begin(), held_out.end(), [](const auto& group) { return group.second; });
  return fmt::format("{} of {} groups are held out, {:.1f} % of the lines where {:.1f} % are asked for\n",
                     count, held_out.size(), percent(counts.validation, counts.train + counts.validation),
                     100 * settings.validation_share);
}

}  // namespace favras::seq2seq
