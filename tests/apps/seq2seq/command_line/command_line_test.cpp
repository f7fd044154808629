// The sources of options and their order, what mistakes are answered with, and the program's exit statuses.
#include "apps/seq2seq/command_line/command_line.h"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <sys/wait.h>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/command_line/nearest.h"

namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;
using favras::seq2seq::CommandLine;
using favras::seq2seq::nearest;
using favras::seq2seq::UsageError;

// A folder of the test's own, and no FAVRAS_ variable left behind.
struct Workplace {
  fs::path folder;

  Workplace() {
    std::string pattern = (fs::temp_directory_path() / "favras-command-line-XXXXXX").string();
    folder = mkdtemp(pattern.data());
  }
  ~Workplace() {
    fs::remove_all(folder);
    for (const char* name :
         {"FAVRAS_BATCH_SIZE", "FAVRAS_RATE", "FAVRAS_QUIET", "FAVRAS_JSON", "FAVRAS_CACHE"}) {
      unsetenv(name);
    }
  }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
    return (folder / name).string();
  }
};

CommandLine example(const std::string& positional_help = "") {
  CommandLine command_line("train", "Trains.", positional_help);
  // clang-format off
  command_line.add_options()
      ("batch-size", po::value<int>()->default_value(128), "")
      ("seed", po::value<std::uint64_t>()->default_value(1), "")
      ("data", po::value<std::string>(), "")
      ("pair", po::value<std::vector<std::string>>(), "")
      ("quiet", po::bool_switch(), "");
  command_line.add_options("Optimizer")
      ("rate", po::value<double>()->default_value(0.001), "");
  // clang-format on
  return command_line;
}

bool parse(CommandLine& command_line, std::vector<std::string> words) {
  words.insert(words.begin(), "train");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return command_line.parse(static_cast<int>(argv.size()), argv.data());
}

// What parsing is refused with.
std::string refusal(const std::vector<std::string>& words) {
  CommandLine command_line = example();
  try {
    parse(command_line, words);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "nothing was refused";
}

struct Outcome {
  int status;
  std::string out, err;
};

Outcome run_program(const Workplace& workplace, const std::string& arguments,
                    const std::string& environment = "") {
  const auto read = [](const fs::path& path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const fs::path out = workplace.folder / "out";
  const fs::path err = workplace.folder / "err";
  const std::string command = "env " + environment + " " + FAVRAS_BINARIES + "/seq2seq " + arguments + " >" +
                              out.string() + " 2>" + err.string() + " </dev/null";
  const int status = std::system(command.c_str());
  BOOST_REQUIRE(WIFEXITED(status));
  return {WEXITSTATUS(status), read(out), read(err)};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sources, Workplace)

BOOST_AUTO_TEST_CASE(defaults_hold_where_nothing_is_given) {
  CommandLine command_line = example();
  BOOST_TEST(parse(command_line, {}));
  BOOST_TEST(command_line.get<int>("batch-size") == 128);
  BOOST_TEST(!command_line.given("batch-size"));
  BOOST_TEST(!command_line.given("data"));
  BOOST_CHECK_EXCEPTION(command_line.get<std::string>("data"), UsageError, [](const UsageError& error) {
    return error.what() == std::string("--data is needed");
  });
}

BOOST_AUTO_TEST_CASE(the_command_line_wins_over_the_environment_which_wins_over_the_file) {
  const std::string config = write("run.ini", "batch-size = 1\nrate = 0.1  # tenth\n# seed = 7\nseed=10\n");
  setenv("FAVRAS_BATCH_SIZE", "2", 1);
  setenv("FAVRAS_RATE", "0.2", 1);
  CommandLine command_line = example();
  BOOST_TEST(parse(command_line, {"--batch-size", "3", "--config", config}));
  BOOST_TEST(command_line.get<int>("batch-size") == 3);
  BOOST_TEST(command_line.get<double>("rate") == 0.2);
  BOOST_TEST(command_line.get<std::uint64_t>("seed") == 10u);
  for (const char* name : {"batch-size", "rate", "seed"}) BOOST_TEST(command_line.given(name));
  BOOST_TEST(!command_line.given("data"));
}

BOOST_AUTO_TEST_CASE(a_value_given_explicitly_wins_even_if_it_is_the_default) {
  setenv("FAVRAS_BATCH_SIZE", "2", 1);
  CommandLine command_line = example();
  BOOST_TEST(parse(command_line, {"--batch-size=128"}));
  BOOST_TEST(command_line.get<int>("batch-size") == 128);
}

BOOST_AUTO_TEST_CASE(an_empty_variable_counts_as_unset_and_an_unknown_one_is_ignored) {
  setenv("FAVRAS_BATCH_SIZE", "", 1);
  setenv("FAVRAS_CACHE", "/nowhere", 1);
  CommandLine command_line = example();
  BOOST_TEST(parse(command_line, {}));
  BOOST_TEST(command_line.get<int>("batch-size") == 128);
}

BOOST_AUTO_TEST_CASE(switches_come_from_all_sources) {
  setenv("FAVRAS_QUIET", "true", 1);
  CommandLine from_environment = example();
  BOOST_TEST(parse(from_environment, {}));
  BOOST_TEST(from_environment.get<bool>("quiet"));
  unsetenv("FAVRAS_QUIET");
  CommandLine from_file = example();
  BOOST_TEST(parse(from_file, {"--config", write("run.ini", "quiet = true\n")}));
  BOOST_TEST(from_file.get<bool>("quiet"));
  CommandLine from_command_line = example();
  BOOST_TEST(parse(from_command_line, {"--quiet"}));
  BOOST_TEST(from_command_line.get<bool>("quiet"));
}

BOOST_AUTO_TEST_CASE(what_dump_config_writes_gives_the_same_values_back) {
  CommandLine first = example();
  BOOST_TEST(
      parse(first, {"--batch-size", "7", "--rate", "0.30000000000000004", "--seed", "18446744073709551615",
                    "--data", "a#b = c", "--pair", "x", "--pair", "y z", "--quiet"}));
  CommandLine second = example();
  BOOST_TEST(parse(second, {"--config", write("dumped.ini", first.dump_config())}));
  BOOST_TEST(second.get<int>("batch-size") == 7);
  BOOST_TEST(second.get<double>("rate") == 0.30000000000000004);
  BOOST_TEST(second.get<std::uint64_t>("seed") == 18446744073709551615u);
  BOOST_TEST(second.get<std::string>("data") == "a#b = c");
  BOOST_TEST(second.get<std::vector<std::string>>("pair") == (std::vector<std::string>{"x", "y z"}),
             boost::test_tools::per_element());
  BOOST_TEST(second.get<bool>("quiet"));
  BOOST_TEST(second.dump_config() == first.dump_config());
}

BOOST_AUTO_TEST_CASE(computed_values_hold_before_those_given) {
  CommandLine command_line = example();
  BOOST_TEST(parse(command_line, {"--seed", "3"}));
  const auto computed = [](const CommandLine& line) -> std::map<std::string, std::string> {
    return {{"data", "d"}, {"seed", line.given("seed") ? "4" : "5"}, {"quiet", ""}};
  };
  BOOST_TEST(command_line.dump_config(computed) == "batch-size = 128\nseed = 4\ndata = d\nrate = 0.001\n");
}

BOOST_AUTO_TEST_CASE(a_value_that_no_file_can_hold_is_not_dumped_wrongly) {
  for (const char* value : {"a\nb", " a", "a ", "a #b", "#"}) {
    CommandLine command_line = example();
    BOOST_TEST(parse(command_line, {"--data", value}));
    BOOST_CHECK_THROW(command_line.dump_config(), UsageError);
  }
}

BOOST_AUTO_TEST_CASE(words_that_are_not_options) {
  CommandLine takes = example("FILE...");
  BOOST_TEST(parse(takes, {"a", "--batch-size", "3", "-", "b c", "--", "--quiet"}));
  BOOST_TEST(takes.positional() == (std::vector<std::string>{"a", "-", "b c", "--quiet"}),
             boost::test_tools::per_element());
  BOOST_TEST(!takes.get<bool>("quiet"));
  BOOST_TEST(refusal({"a"}) == "unexpected word 'a'; train takes only options");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(mistakes, Workplace)

BOOST_AUTO_TEST_CASE(the_nearest_name_is_found_unless_none_is_near) {
  const std::vector<std::string> names{"batch-size", "rnn-size", "run", "seed"};
  BOOST_TEST(nearest("bach-size", names) == "batch-size");
  BOOST_TEST(nearest("rn-size", names) == "rnn-size");
  BOOST_TEST(nearest("sede", names) == "seed");  // two neighbours swapped
  BOOST_TEST(nearest("rum", names) == "run");
  BOOST_TEST(nearest("colour", names) == "");
}

BOOST_AUTO_TEST_CASE(unknown_options_are_refused_with_the_nearest) {
  BOOST_TEST(refusal({"--bach-size", "64"}) == "unknown option --bach-size; did you mean --batch-size?");
  BOOST_TEST(refusal({"--bach-size=64"}) == "unknown option --bach-size; did you mean --batch-size?");
  BOOST_TEST(refusal({"-batch-size", "64"}) == "unknown option -batch-size; did you mean --batch-size?");
  BOOST_TEST(refusal({"--colour"}) == "unknown option --colour");
  BOOST_TEST(refusal({"---"}) == "unknown option ---");
}

BOOST_AUTO_TEST_CASE(a_beginning_is_not_taken_for_the_option) {
  BOOST_TEST(refusal({"--batch-siz", "64"}) == "unknown option --batch-siz; did you mean --batch-size?");
  BOOST_TEST(refusal({"--dat", "x"}) == "unknown option --dat; did you mean --data?");
}

BOOST_AUTO_TEST_CASE(bad_values_name_option_value_and_what_is_expected) {
  BOOST_TEST(refusal({"--batch-size", "many"}) == "--batch-size 'many': expected a whole number");
  BOOST_TEST(refusal({"--batch-size", "12x"}) == "--batch-size '12x': expected a whole number");
  BOOST_TEST(refusal({"--batch-size=99999999999"}) ==
             "--batch-size '99999999999': expected a whole number, at most 2147483647");
  BOOST_TEST(refusal({"--seed", "-1"}) == "--seed '-1': expected a whole number from 0 up");
  BOOST_TEST(
      refusal({"--seed", "18446744073709551616"}) ==
      "--seed '18446744073709551616': expected a whole number from 0 up, at most 18446744073709551615");
  BOOST_TEST(refusal({"--rate", "nan"}) == "--rate 'nan': expected a finite number");
  BOOST_TEST(refusal({"--batch-size", "1", "--batch-size", "2"}) == "--batch-size is given more than once");
  BOOST_TEST(contains(refusal({"--batch-size"}), "--batch-size"));
}

BOOST_AUTO_TEST_CASE(bad_values_name_the_variable_they_come_from) {
  setenv("FAVRAS_BATCH_SIZE", "many", 1);
  BOOST_TEST(refusal({}) == "FAVRAS_BATCH_SIZE 'many': expected a whole number");
}

BOOST_AUTO_TEST_CASE(bad_lines_of_a_file_are_named) {
  const std::string config = write("run.ini", "rate = 0.1\n\nbach-size = 3\n");
  BOOST_TEST(refusal({"--config", config}) ==
             config + " line 3: unknown option bach-size; did you mean batch-size?");
  write("run.ini", "batch-size = x\n");
  BOOST_TEST(refusal({"--config", config}) == config + " line 1: batch-size 'x': expected a whole number");
  write("run.ini", "batch-size 3\n");
  BOOST_TEST(refusal({"--config", config}) ==
             config + " line 1: 'batch-size 3' is not of the form name = value");
  write("run.ini", "seed = 3\nseed = 4\n");
  BOOST_TEST(contains(refusal({"--config", config}), "seed is given more than once"));
  const std::string missing = (folder / "none.ini").string();
  BOOST_TEST(refusal({"--config", missing}) == missing + ": no such file, or not readable");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(program, Workplace)

BOOST_AUTO_TEST_CASE(help_and_version_go_to_standard_output_with_status_0) {
  for (const char* arguments : {"--help", "devices --help", "devices -h", "--version", "devices --version"}) {
    const Outcome outcome = run_program(*this, arguments);
    BOOST_TEST_CONTEXT(arguments) {
      BOOST_TEST(outcome.status == 0);
      BOOST_TEST(!outcome.out.empty());
      BOOST_TEST(outcome.err == "");
    }
  }
  BOOST_TEST(contains(run_program(*this, "--help").out, "devices"));
  BOOST_TEST(contains(run_program(*this, "devices --help").out, "--json"));
  BOOST_TEST(run_program(*this, "--version").out == favras::seq2seq::version_text() + "\n");
}

BOOST_AUTO_TEST_CASE(usage_mistakes_end_with_status_2_and_nothing_on_standard_output) {
  for (const char* arguments : {"", "no-such-command", "--no-such-option", "devices --no-such-option",
                                "devices x", "devices --config /no/such/file"}) {
    const Outcome outcome = run_program(*this, arguments);
    BOOST_TEST_CONTEXT(arguments) {
      BOOST_TEST(outcome.status == 2);
      BOOST_TEST(outcome.out == "");
      BOOST_TEST(!outcome.err.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(mistakes_are_answered_by_one_line_and_a_hint) {
  BOOST_TEST(run_program(*this, "device").err ==
             "seq2seq: unknown command device; did you mean devices?\nseq2seq --help says more.\n");
  BOOST_TEST(
      run_program(*this, "devices --jsn").err ==
      "seq2seq devices: unknown option --jsn; did you mean --json?\nseq2seq devices --help says more.\n");
}

BOOST_AUTO_TEST_CASE(devices_says_what_it_found_as_text_and_as_json) {
  const Outcome text = run_program(*this, "devices");
  BOOST_TEST(text.status == 0);
  BOOST_TEST(contains(text.out, "oneDNN:"));
  const Outcome json = run_program(*this, "devices --json");
  BOOST_TEST(json.status == 0);
  BOOST_TEST(json.out.front() == '{');
  BOOST_TEST(contains(json.out, "\"onednn_version\":"));
}

BOOST_AUTO_TEST_CASE(dump_config_prints_what_holds) {
  setenv("FAVRAS_JSON", "yes", 1);
  const Outcome outcome = run_program(*this, "devices --dump-config");
  BOOST_TEST(outcome.status == 0);
  BOOST_TEST(outcome.out == "json = true\n");
}

// Values that depend on others, too; and the text gives itself back.
BOOST_AUTO_TEST_CASE(dump_config_of_prepare) {
  const std::string filters =
      "characters = 0\nminimum-length = 1\nmaximum-length = 70\nvalidation-share = 0.1\ninvalid-utf8 = "
      "skip\n";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"--task sort --threads 3", "task = sort\nseed = 1\nthreads = 3\n"},
      {"--pairs p.tsv --seed 2 --maximum-length 70 --invalid-utf8 skip",
       "pairs = p.tsv\nseed = 2\nreport-leaks = false\nthreads = 0\n" + filters},
      {"--filter english --output d",
       "output = d\nseed = 1\ngroup-by = content\nreport-leaks = false\nthreads = 0\nsplit = cut\nfilter = "
       "english\ncharacters = 75\nminimum-length = 5\nmaximum-length = 60\nvalidation-share = 0.1\n"
       "invalid-utf8 = fail\n"}};
  for (const auto& [given, expected] : cases) {
    const Outcome outcome = run_program(*this, "prepare --dump-config " + given);
    BOOST_TEST(outcome.out == expected);
    const Outcome again =
        run_program(*this, "prepare --dump-config --config " + write("dumped.ini", outcome.out));
    BOOST_TEST(again.out == expected);
  }
  const std::string sorting = write("sort.ini", cases[0].second);
  BOOST_TEST(
      run_program(*this, "prepare --config " + sorting + " --output " + (folder / "data").string()).status ==
      0);
}

BOOST_AUTO_TEST_CASE(output_that_cannot_be_written_is_a_failure) {
  const std::string command = std::string(FAVRAS_BINARIES) + "/seq2seq devices >/dev/full 2>/dev/null";
  const int status = std::system(command.c_str());
  BOOST_REQUIRE(WIFEXITED(status));
  BOOST_TEST(WEXITSTATUS(status) == 1);
}

// OpenMP shows how long its threads spin before they sleep.
BOOST_AUTO_TEST_CASE(waiting_threads_sleep_unless_the_user_says_otherwise) {
  const std::string show = "-u OMP_WAIT_POLICY -u GOMP_SPINCOUNT OMP_DISPLAY_ENV=verbose ";
  BOOST_TEST(contains(run_program(*this, "--version", show).err, "GOMP_SPINCOUNT = '20000'"));
  BOOST_TEST(!contains(run_program(*this, "--version", show + "OMP_WAIT_POLICY=active").err,
                       "GOMP_SPINCOUNT = '20000'"));
  BOOST_TEST(
      !contains(run_program(*this, "--version", show + "GOMP_SPINCOUNT=7").err, "GOMP_SPINCOUNT = '20000'"));
}

BOOST_AUTO_TEST_SUITE_END()
