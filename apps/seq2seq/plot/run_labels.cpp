#include "apps/seq2seq/plot/run_labels.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

namespace favras::seq2seq {

namespace {

const std::string kAbsent = "?";

std::string value_of(const RunHistory& run, const std::string& setting) {
  const auto found = run.settings.find(setting);
  if (found == run.settings.end()) return kAbsent;
  return setting == "data" ? std::filesystem::path(found->second).filename().string() : found->second;
}

// "batch-size" -> "batch size"
std::string spoken(std::string setting) {
  std::replace(setting.begin(), setting.end(), '-', ' ');
  return setting;
}

std::string label_of(const RunHistory& run, const std::vector<std::string>& settings, bool values_only) {
  std::vector<std::string> parts;
  for (const std::string& setting : settings) {
    const std::string value = value_of(run, setting);
    parts.push_back(values_only ? value : fmt::format("{} {}", spoken(setting), value));
  }
  return fmt::format("{}", fmt::join(parts, values_only ? " / " : ", "));
}

// Those that occur more than once get their run's path too, and at last a number.
void make_distinct(std::vector<std::string>& labels, const std::vector<RunHistory>& runs) {
  std::map<std::string, int> times;
  for (const std::string& label : labels) ++times[label];
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (times[labels[i]] > 1)
      labels[i] =
          labels[i] == runs[i].name() ? runs[i].path : fmt::format("{} ({})", labels[i], runs[i].name());
  std::set<std::string> taken;
  for (std::string& label : labels)
    for (int number = 2; !taken.insert(label).second; ++number) label = fmt::format("{} #{}", label, number);
}

}  // namespace

std::vector<std::string> differing_settings(const std::vector<RunHistory>& runs,
                                            const std::vector<std::string>& settings) {
  std::vector<std::string> differing;
  for (const std::string& setting : settings)
    if (std::any_of(runs.begin(), runs.end(), [&](const RunHistory& run) {
          return value_of(run, setting) != value_of(runs.front(), setting);
        }))
      differing.push_back(setting);
  return differing;
}

RunLabels label_runs(const std::vector<RunHistory>& runs, const std::vector<std::string>& settings) {
  constexpr std::size_t kMostSpoken = 2, kMost = 7;  // more values fit no label: names say more
  RunLabels result;
  const bool all_are_known =
      std::none_of(runs.begin(), runs.end(), [](const RunHistory& run) { return run.settings.empty(); });
  std::vector<std::string> differing =
      all_are_known ? differing_settings(runs, settings) : std::vector<std::string>{};
  if (differing.size() > kMost) differing.clear();
  result.values_only = differing.size() > kMostSpoken;
  for (const std::string& setting : differing) result.names.push_back(spoken(setting));
  for (const RunHistory& run : runs)
    result.labels.push_back(differing.empty() ? run.name() : label_of(run, differing, result.values_only));
  make_distinct(result.labels, runs);
  return result;
}

}  // namespace favras::seq2seq
