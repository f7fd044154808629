// A model in a file of its own: exported, used, taken for the one that comes with the program, refused.
#include <cstdlib>
#include <filesystem>
#include <string>
#include <unistd.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "tests/apps/seq2seq/program.h"

namespace favras::test {

namespace {

namespace fs = std::filesystem;

constexpr int kFailed = 1, kUsage = 2;

struct Place : TrainingPlace {
  Place() { run_whole("run", {{"rnn-size", "20"}, {"epochs", "4"}, {"log-every", "100"}}); }

  std::string exported(const Words& more = {}) const {
    const std::string file = at("exported.safetensors");
    Words words{"export", "--run", at("run"), "--output", file};
    words.insert(words.end(), more.begin(), more.end());
    const Ended ended = run_seq2seq(words);
    BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
    BOOST_TEST(ended.out.starts_with("wrote " + file + ": "), ended.out);
    return file;
  }
  // The sources of the data.
  std::string lines() const {
    std::string text;
    for (const std::string pairs = read_all(*this / "pairs.tsv"); const char c : pairs)
      text += c == '\t' ? '\n' : c;
    return text;
  }
  std::string corrected(const Words& model) const {
    Words words{"correct"};
    words.insert(words.end(), model.begin(), model.end());
    const Ended ended = run_seq2seq(words, lines());
    BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
    return ended.out;
  }
};

// A copy of the program in a folder of its own, so that nothing comes with it but what is put there.
class CopiedProgram : public ScratchDirectory {
 public:
  fs::path model = *this / "share/favras/models/english.safetensors";
  CopiedProgram() {
    fs::create_directories(*this / "bin");
    fs::create_directories(model.parent_path());
    fs::copy_file(FAVRAS_PROGRAM, program_);
  }
  Ended run(const Words& words, const std::string& input) const {
    return Program(words, input, Program::User::kSame,
                   [&] {
                     Words all{"seq2seq"};
                     all.insert(all.end(), words.begin(), words.end());
                     std::vector<char*> arguments;
                     for (std::string& word : all) arguments.push_back(word.data());
                     arguments.push_back(nullptr);
                     ::execv(program_.c_str(), arguments.data());
                   })
        .finish();
  }

 private:
  fs::path program_ = *this / "bin/seq2seq";
};

const fs::path kShipped = FAVRAS_BINARIES "/../share/favras/models/english.safetensors";

boost::test_tools::assertion_result model_is_shipped(boost::unit_test::test_unit_id) {
  return fs::exists(kShipped);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_one_that_comes_with_the_program_is_whole_and_small,
                     *boost::unit_test::precondition(model_is_shipped)) {
  const Ended inspected = run_seq2seq({"inspect", kShipped});
  BOOST_TEST(inspected.status == 0, inspected.err);
  BOOST_TEST(contains(inspected.out, "  task                    text\n"), inspected.out);
  BOOST_TEST(contains(inspected.out, " BF16 "), inspected.out);
  BOOST_TEST(fs::file_size(kShipped) <= 10'000'000u);
  const Ended corrected = run_seq2seq({"correct", "--keep-unless", "1"}, "a small boat\n");
  BOOST_TEST(corrected.out == "a small boat\n");
}

BOOST_FIXTURE_TEST_SUITE(export_program, Place)

BOOST_AUTO_TEST_CASE(weights_as_they_were_trained_correct_as_the_run_does) {
  const std::string file = exported({"--precision", "fp32"});
  BOOST_TEST((read_all(file) == read_all(*this / "run" / "best.safetensors")));
  BOOST_TEST(corrected({"--model", file}) == corrected({"--run", at("run")}));
  exported({"--precision", "fp32", "--weights", "newest"});
  BOOST_TEST((read_all(file) == read_all(*this / "run" / "model.safetensors")));
}

BOOST_AUTO_TEST_CASE(weights_of_two_bytes_are_the_default) {
  const std::string file = exported();
  const Ended ended = run_seq2seq({"inspect", file});
  BOOST_TEST(ended.status == 0);
  BOOST_TEST(contains(ended.out, "exported.safetensors: a model\n"), ended.out);
  BOOST_TEST(contains(ended.out, "    output.weight                           BF16 [10, 20]\n"), ended.out);
  BOOST_TEST(!contains(ended.out, "F32"), ended.out);
  BOOST_TEST(fs::file_size(file) < fs::file_size(*this / "run" / "best.safetensors"));
  BOOST_TEST(corrected({"--model", file, "--precision", "bf16"}).size() > 0);
  exported();  // over the one that is there
}

BOOST_AUTO_TEST_CASE(it_is_measured_on_data_or_pairs) {
  const std::string file = exported({"--precision", "fp32"});
  const auto evaluated = [&](Words words) {
    words.insert(words.end(), {"--json", "--examples", "3"});
    const Ended ended = run_seq2seq(words);
    BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
    boost::json::object report = boost::json::parse(ended.out).as_object();
    BOOST_TEST(report.erase("lines_per_second") == 1u);
    return boost::json::serialize(report);
  };
  BOOST_TEST(evaluated({"evaluate", "--model", file, "--data", at("data")}) ==
             evaluated({"evaluate", "--run", at("run")}));
  BOOST_TEST(run_seq2seq({"evaluate", "--model", file, "--pairs", at("pairs.tsv")}).status == 0);
  check_refused(path(), {"evaluate", "--model", file}, kUsage,
                file + " is no run that knows its data: use --data DIR or --pairs FILE.tsv");
}

BOOST_AUTO_TEST_CASE(without_a_name_it_is_the_one_beside_the_program) {
  const CopiedProgram program;
  const Ended without = program.run({"correct"}, lines());
  BOOST_TEST(without.status == kUsage);
  BOOST_TEST(without.out == "");
  BOOST_TEST(contains(without.err,
                      "seq2seq correct: no model: name a run with --run DIR or a file with --model "
                      "FILE; the one that comes with the program would be " +
                          fs::canonical(program.model.parent_path()).string()),
             without.err);
  fs::copy_file(exported(), program.model);
  const Ended with = program.run({"correct"}, lines());
  BOOST_TEST(with.err == "");
  BOOST_TEST(with.out == corrected({"--model", program.model}));
  // One that is named goes first.
  write_all(program.model, "no model");
  BOOST_TEST(program.run({"correct"}, lines()).status == kFailed);
  BOOST_TEST(program.run({"correct", "--run", at("run")}, lines()).out == corrected({"--run", at("run")}));
  BOOST_TEST(program.run({"correct", "--model", exported()}, lines()).out == with.out);
}

BOOST_AUTO_TEST_CASE(the_command_line_wins_over_the_environment) {
  const std::string file = exported();
  const auto under = [&](const char* variable, const std::string& value, const Words& words) {
    return Program(words, lines(), Program::User::kSame, [&] { ::setenv(variable, value.c_str(), 1); })
        .finish();
  };
  BOOST_TEST(under("FAVRAS_MODEL", file, {"correct"}).out == corrected({"--model", file}));
  const std::string by_run = corrected({"--run", at("run")});
  BOOST_TEST(under("FAVRAS_MODEL", at("none"), {"correct", "--run", at("run")}).out == by_run);
  BOOST_TEST(under("FAVRAS_RUN", at("none"), {"correct", "--model", file}).out ==
             corrected({"--model", file}));
  check_refused(path(), {"correct", "--model", file, "--run", at("run")}, kUsage,
                "--run and --model: use one of the two");
  check_refused(path(), {"correct", "--model", file, "--weights", "newest"}, kUsage,
                "--weights is for --run: the model has been chosen already");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_exported_or_used) {
  const auto refused = [&](const Words& words, int status, const std::string& message) {
    check_refused(path(), words, status, message);
  };
  refused({"export", "--run", at("run")}, kUsage, "--output is needed");
  refused({"export", "--output", at("new")}, kUsage, "--run is needed");
  refused({"export", "--run", at("none"), "--output", at("new")}, kFailed,
          at("none") + ": no such run directory");
  refused({"export", "--run", at("run"), "--output", at("new"), "--precision", "tf32"}, kUsage,
          "--precision tf32: must be bf16 or fp32");
  refused({"export", "--run", at("run"), "--output", at("new"), "--weights", "worst"}, kUsage,
          "--weights worst: must be best or newest");
  for (const std::string& own : {at("run/model.safetensors"), at("run/../run/best.safetensors")})
    refused({"export", "--run", at("run"), "--output", own}, kUsage,
            fmt::format("--output {}: is the run's own: name another file", own));
  refused({"export", "--run", at("run"), "--output", at("none/new")}, kFailed,
          fmt::format("open '{}.tmp': No such file or directory", at("none/new")));
  for (const char* command : {"correct", "evaluate"}) {
    refused({command, "--model", at("none")}, kFailed, fmt::format("--model {}: no such file", at("none")));
    refused({command, "--model", at("run")}, kFailed,
            fmt::format("--model {0}: is a directory; name a run with --run {0}", at("run")));
  }

  const std::string file = exported();
  write_all(file, read_all(file).substr(0, fs::file_size(file) / 2));
  for (const Words& words : {Words{"correct", "--model", file}, Words{"evaluate", "--model", file}}) {
    const Ended ended = run_seq2seq(words, lines());
    BOOST_TEST(ended.status == kFailed);
    BOOST_TEST(ended.out == "");
    BOOST_TEST(contains(ended.err, file), ended.err);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::test
