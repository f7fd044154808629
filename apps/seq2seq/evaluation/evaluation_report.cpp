#include "apps/seq2seq/evaluation/evaluation_report.h"

#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "apps/seq2seq/data/json_text.h"
#include "apps/seq2seq/data/quantity.h"
#include "apps/seq2seq/data/utf8.h"
#include "apps/seq2seq/evaluation/differences.h"
#include "apps/seq2seq/evaluation/wilson.h"

namespace favras::seq2seq {

namespace {

namespace json = boost::json;

// A share as `key` and its interval as `key`_interval.
void put_share(json::object& object, const std::string& key, std::uint64_t part, std::uint64_t whole) {
  const Interval interval = wilson_interval(part, whole);
  object[key] = number_or_null(static_cast<double>(part) / static_cast<double>(whole));
  object[key + "_interval"] = json::array{number_or_null(interval.low), number_or_null(interval.high)};
}

void put_words(json::object& object, const WordCounts& words) {
  object["errors"] = words.errors;
  object["errors_fixed"] = words.errors_fixed;
  put_share(object, "errors_fixed_share", words.errors_fixed, words.errors);
  object["good_words"] = words.good_words;
  object["good_words_broken"] = words.good_words_broken;
  put_share(object, "good_words_broken_share", words.good_words_broken, words.good_words);
}

json::object group_json(const LineGroup& group) {
  json::object object{{"lines", group.lines}};
  put_share(object, "sentence_accuracy", group.exact_lines, group.lines);
  put_words(object, group.words);
  return object;
}

json::object by_kind_json(const Breakdown& breakdown) {
  json::object kinds;
  for (std::size_t kind = 0; kind < kEditKindNames.size(); ++kind) {
    json::object object = group_json(breakdown.by_kind[kind]);
    const auto& [mistakes, repaired] = breakdown.mistakes[kind];
    object["mistakes"] = mistakes;
    object["mistakes_repaired"] = repaired;
    put_share(object, "mistakes_repaired_share", repaired, mistakes);
    kinds[kEditKindNames[kind]] = std::move(object);
  }
  kinds["none"] = group_json(breakdown.without_mistakes);
  return kinds;
}

std::size_t shortest(std::size_t longest) { return longest - Breakdown::kLengths + 1; }

json::array by_length_json(const Breakdown& breakdown) {
  json::array lengths;
  for (const auto& [longest, group] : breakdown.by_length) {
    json::object object{{"from", shortest(longest)}, {"to", longest}};
    for (auto& [key, value] : group_json(group)) object[key] = value;
    lengths.push_back(std::move(object));
  }
  return lengths;
}

std::vector<std::size_t> find_examples(const Evaluation& evaluation, std::size_t count) {
  std::vector<std::size_t> examples;
  for (std::size_t i = 0; i < evaluation.output.size() && examples.size() < count; ++i)
    if (evaluation.noisy[i] != evaluation.clean[i] || evaluation.output[i] != evaluation.clean[i])
      examples.push_back(i);
  return examples;
}

std::string percent(double share) {
  return std::isfinite(share) ? fmt::format("{:.2f} %", 100.0 * share) : "-";
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  return percent(static_cast<double>(part) / static_cast<double>(whole));
}

std::string percent_between(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  const auto [low, high] = wilson_interval(part, whole);
  return fmt::format("{} ({:.2f}-{:.2f})", percent(part, whole), 100.0 * low, 100.0 * high);
}

// A row of one of the two tables of groups; what stands behind it may be empty.
std::string group_row(std::string_view name, const LineGroup& group, const std::string& behind) {
  const WordCounts& words = group.words;
  return fmt::format("{:<16}{:>10}{:>24}{:>14}{:>14}{}\n", name, group.lines,
                     percent_between(group.exact_lines, group.lines),
                     percent(words.errors_fixed, words.errors),
                     percent(words.good_words_broken, words.good_words), behind);
}

std::string group_heading(std::string_view name, std::string_view behind) {
  return fmt::format("\n{:<16}{:>10}{:>24}{:>14}{:>14}{}\n", name, "lines", "exact lines", "errors fixed",
                     "words broken", behind);
}

std::string breakdown_tables(const Breakdown& breakdown) {
  const auto mistakes = [](const auto& count, std::string_view repaired) {
    return fmt::format("{:>12}{:>24}", count, repaired);
  };
  std::string text = group_heading("kind of mistake", mistakes("mistakes", "repaired"));
  for (std::size_t kind = 0; kind < kEditKindNames.size(); ++kind) {
    const auto& [made, repaired] = breakdown.mistakes[kind];
    text += group_row(kEditKindNames[kind], breakdown.by_kind[kind],
                      mistakes(made, percent_between(repaired, made)));
  }
  text += group_row("none", breakdown.without_mistakes, "");
  text += "A line with mistakes of several kinds is counted under each of them.\n";
  text += group_heading("characters", "");
  for (const auto& [longest, group] : breakdown.by_length)
    text += group_row(fmt::format("{}-{}", shortest(longest), longest), group, "");
  return text;
}

}  // namespace

void Evaluation::measure() {
  for (std::size_t i = 0; i < output.size(); ++i) {
    measures.add(noisy[i], clean[i], output[i]);
    breakdown.add(noisy[i], clean[i], output[i]);
  }
}

json::object report_json(const Evaluation& evaluation, std::size_t examples) {
  const auto& [output, do_nothing, words] = evaluation.measures;
  json::object object{{"lines", output.lines}, {"loss", number_or_null(evaluation.loss)}};
  put_share(object, "sentence_accuracy", output.exact_lines, output.lines);
  object["character_accuracy"] = number_or_null(output.character());
  object["padded_character_accuracy"] = number_or_null(output.padded_character());
  put_share(object, "do_nothing_sentence_accuracy", do_nothing.exact_lines, do_nothing.lines);
  object["do_nothing_character_accuracy"] = number_or_null(do_nothing.character());
  object["do_nothing_padded_character_accuracy"] = number_or_null(do_nothing.padded_character());
  put_words(object, words);
  object["lines_per_second"] = number_or_null(evaluation.lines_per_second);
  object["by_kind"] = by_kind_json(evaluation.breakdown);
  object["by_length"] = by_length_json(evaluation.breakdown);
  if (examples == 0) return object;
  json::array list;
  for (const std::size_t i : find_examples(evaluation, examples))
    list.push_back({{"noisy", encode_utf8(evaluation.noisy[i])},
                    {"clean", encode_utf8(evaluation.clean[i])},
                    {"output", encode_utf8(evaluation.output[i])}});
  object["examples"] = std::move(list);
  return object;
}

std::string report_table(const Evaluation& evaluation) {
  const auto& [output, do_nothing, words] = evaluation.measures;
  std::string text = fmt::format("{}, on {} of {}\n\n", evaluation.model, quantity(output.lines, "line"),
                                 evaluation.lines_of);
  const auto add_row = [&](std::string_view name, const std::string& model, const std::string& nothing) {
    text += fmt::format("{:<28}{:>24}{:>24}\n", name, model, nothing);
  };
  add_row("", evaluation.output_name, "do nothing");
  add_row("exact lines", percent_between(output.exact_lines, output.lines),
          percent_between(do_nothing.exact_lines, do_nothing.lines));
  add_row("characters", percent(output.character()), percent(do_nothing.character()));
  add_row(fmt::format("characters, padded to {}", kPaddedLength), percent(output.padded_character()),
          percent(do_nothing.padded_character()));
  text += fmt::format("\nerrors fixed       {} of {} wrong words: {}\n", words.errors_fixed, words.errors,
                      percent_between(words.errors_fixed, words.errors));
  text += fmt::format("good words broken  {} of {} right words: {}\n", words.good_words_broken,
                      words.good_words, percent_between(words.good_words_broken, words.good_words));
  if (std::isfinite(evaluation.loss)) text += fmt::format("loss               {:.4f}\n", evaluation.loss);
  if (std::isfinite(evaluation.lines_per_second))
    text += fmt::format("decoding           {:.0f} lines/s on {}\n", evaluation.lines_per_second,
                        evaluation.device);
  return text + breakdown_tables(evaluation.breakdown) + "In brackets: 95 % confidence intervals (Wilson).\n";
}

std::string report_examples(const Evaluation& evaluation, std::size_t examples, bool colours) {
  std::string text;
  for (const std::size_t i : find_examples(evaluation, examples)) {
    const std::u32string &clean = evaluation.clean[i], &output = evaluation.output[i];
    const auto add_line = [&](std::string_view name, const std::u32string& line) {
      text += fmt::format("{:<8}{}\n", name, colours ? colour_differences(line, clean) : encode_utf8(line));
      const std::string marks = colours ? "" : mark_differences(line, clean);
      if (!marks.empty()) text += fmt::format("{:<8}{}\n", "", marks);
    };
    text += "\n";
    add_line("noisy", evaluation.noisy[i]);
    add_line(evaluation.output_name, output);
    text += fmt::format("clean   {}{}\n", encode_utf8(clean), output == clean ? "" : "   <- missed");
  }
  return text;
}

}  // namespace favras::seq2seq
