// Runs that go on with other settings than before: the learning rate, the best, and the epoch that was under
// way.
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "engine/storage/checkpoint_directory.h"
#include "tests/apps/seq2seq/program.h"
#include "tests/apps/seq2seq/run_files.h"

namespace favras::test {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using Options = std::map<std::string, std::string>;

struct Place : TrainingPlace {
  // The same command with these options, which may change.
  Ended go_on(const Options& options, const std::vector<std::string>& allowed) const {
    Words words = train("run", options);
    for (const std::string& name : allowed) words.insert(words.end(), {"--allow-change", name});
    Ended ended = run_seq2seq(words);
    BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
    return ended;
  }

  std::vector<json::object> events(const std::string& kind) const {
    std::vector<json::object> found;
    std::istringstream lines(events_of(*this / "run", kind));
    for (std::string line; std::getline(lines, line);) found.push_back(json::parse(line).as_object());
    return found;
  }

  std::vector<double> numbers(const std::string& kind, const std::string& field) const {
    std::vector<double> found;
    for (const json::object& event : events(kind)) found.push_back(event.at(field).to_number<double>());
    return found;
  }

  // Data whose mistakes are made anew: lines of text.
  void prepare_text() const {
    std::string lines;
    for (int i = 0; i < 200; ++i) lines += fmt::format("{} sheep and {} goats\n", i, 7 * i % 200);
    write_all(*this / "lines.txt", lines);
    const Words words{"prepare", "--validation-share", "0.2", "--output", at("text"), at("lines.txt")};
    BOOST_TEST_REQUIRE(run_seq2seq(words).status == 0);
  }

  // As if a signal had come while the exact lines at the end of the first epoch were counted: all its batches
  // are done, nothing else is.
  void take_back_the_end_of_the_only_epoch() const {
    const Checkpoint checkpoint = list_checkpoints(*this / "run" / "checkpoints").back();
    std::map<std::string, std::string> fields{{"epoch", "1"},
                                              {"batch", std::to_string(checkpoint.step)},
                                              {"best_validation_loss", R"("inf")"},
                                              {"finished", "false"}};
    for (const char* field : {"best_step", "accuracy_step", "epochs_since_best"}) fields[field] = "0";
    rewrite_state(checkpoint, [&](std::string state) {
      for (const auto& [field, value] : fields)
        state = std::regex_replace(state, std::regex(fmt::format(R"("{}":("[^"]*"|[^,]*),)", field)),
                                   fmt::format(R"("{}":{},)", field, value));
      return state;
    });
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(changed_settings, Place)

// Of the way that is left in epochs, however many batches those had before.
BOOST_AUTO_TEST_CASE(a_decay_reaches_zero_at_the_end_with_another_batch_size) {
  for (const auto& [before, after] : {std::pair("5", "25"), {"25", "5"}}) {
    BOOST_TEST_CONTEXT("batches of " << before << " and then " << after) {
      const Options options{{"schedule", "linear"}, {"epochs", "4"}};
      Options first = options, second = options;
      first["batch-size"] = before, first["epochs"] = "2";
      second["batch-size"] = after;
      run_whole("run", first);
      const std::size_t done = numbers("progress", "learning_rate").size();
      go_on(second, {"batch-size"});
      const std::vector<double> rates = numbers("progress", "learning_rate");
      const std::size_t left = rates.size() - done;
      for (std::size_t i = 0; i < left; ++i) {
        const double share_done = 0.5 + 0.5 * static_cast<double>(i + 1) / static_cast<double>(left);
        BOOST_TEST(rates[done + i] == 0.01 * (1.0 - share_done), boost::test_tools::tolerance(1e-9));
      }
    }
    fs::remove_all(*this / "run");
  }
}

// No line is exact at first, and yet each epoch is better than the one before.
BOOST_AUTO_TEST_CASE(without_exact_lines_the_loss_tells_the_best) {
  run_whole("run", {{"best-by", "exact"}, {"patience", "1"}, {"epochs", "3"}, {"learning-rate", "0.0001"}});
  for (const json::object& epoch : events("epoch")) {
    BOOST_TEST(epoch.at("accuracy").to_number<double>() == 0.0);
    BOOST_TEST(epoch.at("best").as_bool());
  }
  BOOST_TEST(events("epoch").size() == 3u);
  BOOST_TEST(fs::exists(*this / "run" / "best.safetensors"));
}

// The loss of the end of the epoch was one of lines with other mistakes.
BOOST_AUTO_TEST_CASE(the_end_of_an_epoch_is_measured_with_the_mistakes_of_now) {
  prepare_text();
  const Options options{{"data", at("text")}, {"noise", "none"}, {"epochs", "1"}};
  run_whole("run", options);
  const double of_clean_lines = numbers("progress", "validation_loss").back();
  take_back_the_end_of_the_only_epoch();
  Options noisy = options;
  noisy["noise"] = "uniform=5", noisy["epochs"] = "2", noisy["learning-rate"] = "1e-9";
  go_on(noisy, {"noise", "learning-rate"});
  // Nothing is learnt in the second epoch, whose loss is that of the same weights.
  const double of_noisy_lines = numbers("progress", "validation_loss").back();
  BOOST_TEST(of_noisy_lines > of_clean_lines * (1.0 + 1e-5));
  const std::string state =
      read_all(list_checkpoints(*this / "run" / "checkpoints").back().path / "state.json");
  const double best = std::stod(std::string(json::parse(state).at("best_validation_loss").as_string()));
  BOOST_TEST(best == of_noisy_lines, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(an_epoch_whose_batches_are_done_is_not_trained_again) {
  run_whole("run", {{"epochs", "1"}});
  const std::vector<double> seen = numbers("progress", "lines_seen");
  take_back_the_end_of_the_only_epoch();
  const Ended ended = go_on({{"epochs", "1"}, {"batch-size", "50"}}, {"batch-size"});
  BOOST_TEST(!contains(ended.out, "starts again"), ended.out);
  BOOST_TEST(numbers("progress", "lines_seen") == seen, boost::test_tools::per_element());
  BOOST_TEST(events("epoch").back().at("lines_seen").to_number<double>() == seen.back());
}

// Those before had a lower loss, but of other lines.
BOOST_AUTO_TEST_CASE(checkpoints_of_other_mistakes_are_not_kept_as_the_best) {
  prepare_text();
  const Options options{{"data", at("text")}, {"keep-last", "1"}, {"noise", "none"}, {"epochs", "8"}};
  run_whole("run", options);
  Options noisy = options;
  noisy["noise"] = "uniform=5", noisy["epochs"] = "10", noisy["learning-rate"] = "3";  // which spoils it
  go_on(noisy, {"noise", "learning-rate"});
  const std::vector<double> losses = numbers("progress", "validation_loss");
  BOOST_TEST(losses.back() > losses[losses.size() * 8 / 10 - 1]);
  const std::vector<double> ends = numbers("epoch", "step");
  for (const Checkpoint& checkpoint : list_checkpoints(*this / "run" / "checkpoints"))
    BOOST_TEST(static_cast<double>(checkpoint.step) > ends[7]);
}

BOOST_AUTO_TEST_CASE(settings_are_written_once_they_can_be) {
  rnn_size = "100";  // slow enough
  run_whole("run", {{"epochs", "1"}});
  fs::create_directory(*this / "run" / "config.ini.tmp");
  Program program(train("run", {{"epochs", "3"}, {"checkpoint-every", "10"}}));
  BOOST_TEST_REQUIRE(program.says("Epoch   2/3 Batch     40/95"));
  fs::remove(*this / "run" / "config.ini.tmp");
  BOOST_TEST(program.finish().status == 0);
  BOOST_TEST(contains(events_of(*this / "run", "save_failed"), "config.ini"));
  BOOST_TEST(contains(read_all(*this / "run" / "config.ini"), "epochs = 3\n"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::test
