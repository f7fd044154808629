#include "apps/seq2seq/training/noise_text.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <iterator>
#include <set>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "apps/seq2seq/command_line/nearest.h"
#include "apps/seq2seq/command_line/usage_error.h"

namespace favras::seq2seq {

namespace {

constexpr double kMostWeight = 5.0;  // uniform=5 makes each of its mistakes in every line of 60 characters

struct Model {
  std::string_view name;
  double NoiseMix::*weight;
};
constexpr std::array<Model, 3> kModels{
    {{"human", &NoiseMix::human}, {"keyboard", &NoiseMix::keyboard}, {"uniform", &NoiseMix::uniform}}};

// The index of the name.
template <std::size_t Count>
std::size_t find_name(const std::string& name, const std::array<std::string_view, Count>& names,
                      std::string_view what) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  const std::string meant = nearest(name, {names.begin(), names.end()});
  throw UsageError(fmt::format("there is no {} '{}'; {}", what, name,
                               meant.empty() ? fmt::format("use one of {}", fmt::join(names, ", "))
                                             : fmt::format("did you mean {}?", meant)));
}

double weight(const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0.0 && value <= kMostWeight))
    throw UsageError(fmt::format("the weight '{}' is no number from 0 to {}", text, kMostWeight));
  return value;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

void add_model(NoiseMix& mix, std::set<std::size_t>& given, const std::string& part) {
  const std::size_t equals = part.find('=');
  if (equals == part.npos)
    throw UsageError("expected MODEL=WEIGHT,..., such as uniform=1,human=0.5, or none");
  const std::string name = part.substr(0, equals);
  const std::size_t colon = std::min(name.find(':'), name.size());
  std::array<std::string_view, kModels.size()> names;
  std::transform(kModels.begin(), kModels.end(), names.begin(),
                 [](const Model& model) { return model.name; });
  const std::size_t model = find_name(name.substr(0, colon), names, "noise");
  if (!given.insert(model).second) throw UsageError(fmt::format("{} comes twice", names[model]));
  if (colon < name.size()) {
    if (names[model] != "keyboard") throw UsageError(fmt::format("{} has no layouts", names[model]));
    mix.layout = static_cast<KeyboardLayout>(
        find_name(name.substr(colon + 1), kKeyboardLayoutNames, "keyboard layout"));
  }
  mix.*kModels[model].weight = weight(part.substr(equals + 1));
}

}  // namespace

NoiseMix parse_noise(const std::string& text) {
  NoiseMix mix;
  if (text == "none") return mix;
  std::set<std::size_t> given;
  try {
    for (const std::string& part : split(text)) add_model(mix, given, part);
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("'{}' will not do: {}", text, error.what()));
  }
  return mix;
}

std::string to_string(const NoiseMix& mix) {
  std::string text;
  for (const Model& model : kModels) {
    if (mix.*model.weight == 0.0) continue;
    text += fmt::format("{}{}", text.empty() ? "" : ",", model.name);
    if (model.weight == &NoiseMix::keyboard && mix.layout != NoiseMix{}.layout)
      text += fmt::format(":{}", kKeyboardLayoutNames[static_cast<std::size_t>(mix.layout)]);
    text += fmt::format("={}", mix.*model.weight);
  }
  return text.empty() ? "none" : text;
}

}  // namespace favras::seq2seq
