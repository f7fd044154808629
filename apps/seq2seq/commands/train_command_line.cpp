#include "apps/seq2seq/commands/train_command_line.h"

#include <filesystem>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include "apps/seq2seq/data/data_directory.h"
#include "apps/seq2seq/mail/mail_settings.h"
#include "apps/seq2seq/training/training_state.h"
#include "engine/storage/checkpoint_directory.h"

namespace favras::seq2seq {

namespace po = boost::program_options;

CommandLine train_command_line() {
  CommandLine line("train", "Train a model, or go on with a run that was stopped.");
  auto add = line.add_options("Settings (defaults in brackets)");
  for (const Setting& setting : settings()) add(setting.name, po::value<std::string>(), setting.help);
  line.add_options("Resuming")(
      "allow-change", po::value<std::vector<std::string>>()->composing()->value_name("NAME"),
      "let this run go on with another value of setting NAME, or with other data ('data')");
  line.add_options("On the terminal")("quiet", po::bool_switch(),
                                      "no lines and no progress: log.txt has them; warnings still come");
  add_mail_options(line);
  const auto word = [](const char* name) { return po::value<std::string>()->value_name(name); };
  auto dashboards = line.add_options("Dashboards and notifiers, to be given each time (docs/dashboards.md)");
  dashboards("tensorboard", word("DIR"), "curves for TensorBoard");
  dashboards("prometheus-textfile", word("FILE"), "how it stands, for node_exporter's textfile collector");
  dashboards("on-event", word("COMMAND"),
             "run by sh for each event, with the event as JSON on standard input");
  return line;
}

Values given_values(const CommandLine& line) {
  Values values;
  for (const Setting& setting : settings()) {
    if (!line.given(setting.name)) continue;
    const auto text = line.get<std::string>(setting.name);
    try {
      TrainOptions will_do;
      setting.set(will_do, text);
    } catch (const UsageError& error) {
      throw UsageError(fmt::format("{} {}", line.source(setting.name), error.what()));
    }
    values[setting.name] = text;
  }
  if (const auto data = values.find("data"); data != values.end() && !data->second.empty())
    data->second = std::filesystem::absolute(data->second).lexically_normal().string();
  return values;
}

Values recorded_values(const RunDirectory& run) {
  Values values = exists(run.config()) ? read_config(run.config()) : Values();
  std::vector<Checkpoint> checkpoints = list_checkpoints(run.checkpoints());
  for (; !checkpoints.empty(); checkpoints.pop_back()) {
    try {
      const Values saved = read_state(checkpoints.back().path / "state.json").settings;
      for (const Setting& setting : settings()) {
        if (setting.on_resume == OnResume::kMayChange) continue;
        const auto value = saved.find(setting.name);
        if (value == saved.end() || value->second.empty())
          values.erase(setting.name);
        else
          values[setting.name] = value->second;
      }
      break;
    } catch (const std::runtime_error&) {  // damaged, as will be said: the one before counts
    }
  }
  return values;
}

Values values_that_hold(const CommandLine& line) {
  const Values given = given_values(line);
  const bool has_run = given.contains("run") && !given.at("run").empty();
  const Values recorded = has_run ? recorded_values({given.at("run")}) : Values{};
  const std::filesystem::path data = resolve("", recorded, given).data;
  const TrainOptions options =
      resolve(exists(data) ? read_description(data).settings.task : "", recorded, given);
  Values values;
  for (const Setting& setting : settings()) values[setting.name] = setting.get(options);
  return values;
}

}  // namespace favras::seq2seq
