#include "apps/seq2seq/commands/train_command_line.h"

#include "apps/seq2seq/mail/mail_settings.h"
#include "apps/seq2seq/training/train_options.h"

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
  auto dashboards = line.add_options("Dashboards and notifiers (docs/dashboards.md)");
  dashboards("tensorboard", word("DIR"), "curves for TensorBoard");
  dashboards("prometheus-textfile", word("FILE"), "how it stands, for node_exporter's textfile collector");
  dashboards("on-event", word("COMMAND"),
             "run by sh for each event, with the event as JSON on standard input");
  return line;
}

}  // namespace favras::seq2seq
