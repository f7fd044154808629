// seq2seq report: a page on runs, to read, print and send.
#include <filesystem>
#include <string>
#include <vector>

#include "apps/seq2seq/command_line/command_line.h"
#include "apps/seq2seq/commands/commands.h"
#include "apps/seq2seq/commands/runs_to_show.h"
#include "apps/seq2seq/plot/report_page.h"

namespace favras::seq2seq {

int run_report(int argc, char** argv) {
  namespace po = boost::program_options;
  CommandLine command_line(
      "report", "Writes a page of HTML on runs: curves, states, times, settings. It loads nothing.",
      "RUN...");
  command_line.add_options()("output", po::value<std::string>()->value_name("FILE.html"), "the page");
  if (!command_line.parse(argc, argv)) return kExitDone;
  const std::filesystem::path output = output_file(command_line);
  const std::vector<RunHistory> runs = read_runs(command_line);
  write_whole(output, report_page(runs, hyper_parameters()));
  return kExitDone;
}

}  // namespace favras::seq2seq
