// The training loop where signals and numbers can be aimed exactly: stopped after every single batch, or with
// a loss that is no number. Each trainer runs in a process of its own, as the flag of an interruption is
// never taken back.
#include "apps/seq2seq/training/trainer.h"

#include <csignal>
#include <fcntl.h>
#include <functional>
#include <limits>
#include <regex>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/training/interruption.h"
#include "engine/storage/checkpoint_directory.h"
#include "tests/apps/seq2seq/run_files.h"
#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {

namespace {

namespace fs = std::filesystem;
using test::contains;
using test::read_all;

// 18 lines to repeat: five batches of 4, the last one filled up.
Dataset make_dataset(std::size_t validation_lines = 3) {
  Dataset dataset{.directory = "",
                  .task = "pairs",
                  .fingerprint = "f",
                  .vocabulary = Vocabulary(U"abc"),
                  .train = {},
                  .validation = {},
                  .data_seed = 1,
                  .maximum_length = 10};
  for (std::uint64_t i = 0; i < 18 + validation_lines; ++i) {
    std::string line;
    for (std::uint64_t n = i + 1; n > 0; n /= 3) line += static_cast<char>('a' + n % 3);
    (i < 18 ? dataset.train : dataset.validation).push_back({line, line, i});
  }
  return dataset;
}

struct Place : test::ScratchDirectory {
  TrainOptions options;
  Dataset dataset = make_dataset();

  Place() {
    options.batch_size = 4;
    options.rnn_size = 6;
    options.encoding_embedding_size = options.decoding_embedding_size = 3;
    options.epochs = 3;
    options.log_every = 2;
    options.learning_rate = 0.01;
    options.device = "cpu";
  }

  RunDirectory run(const std::string& name) const { return {*this / name}; }

  // One process's part of the run.
  void train_here(const std::string& name, const std::function<void()>& before, Outcome expected) const {
    const int end = test::in_child([&] {
      set_cpu_threads(1);
      dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
      watch_for_interruption();
      before();
      const RunDirectory directory = run(name);
      fs::create_directories(directory.root);
      const RunLock lock(directory.root);
      const auto checkpoint = newest_valid_checkpoint(directory.checkpoints(), [](const std::string&) {});
      TrainingState state;
      if (checkpoint) state = read_state(checkpoint->path / "state.json");
      Trainer trainer(options, dataset, lock, state, checkpoint ? checkpoint->path : fs::path());
      return trainer.run() == expected ? 0 : 2;
    });
    BOOST_TEST_REQUIRE(end == 0);
  }
  void train(const std::string& name) const {
    train_here(
        name, [] {}, Outcome::kFinished);
  }
  // The interruption is there before the first batch, and takes effect after it.
  void train_one_batch(const std::string& name, Outcome expected = Outcome::kInterrupted) const {
    train_here(
        name, [] { std::raise(SIGTERM); }, expected);
  }
  // Into the weights of the newest checkpoint, which is otherwise whole.
  void put_nan(const std::string& name, const std::string& parameter, std::int64_t element) const {
    const Checkpoint old = list_checkpoints(run(name).checkpoints()).back();
    const int end = test::in_child([&] {
      set_cpu_threads(1);
      LoadedModel loaded = load_model(old.path / "model.safetensors");
      loaded.model->parameters().at(parameter).value().data<float>()[element] =
          std::numeric_limits<float>::quiet_NaN();
      const std::string state = read_all(old.path / "state.json"),
                        optimizer = read_all(old.path / "optimizer.safetensors");
      fs::remove_all(old.path);
      CheckpointWriter writer(run(name).checkpoints(), old.step);
      save_model(writer.file("model.safetensors"), *loaded.model, loaded.description);
      test::write_all(writer.file("state.json"), state);
      test::write_all(writer.file("optimizer.safetensors"), optimizer);
      writer.commit();
      return 0;
    });
    BOOST_TEST_REQUIRE(end == 0);
  }
  std::string log(const std::string& name) const {
    return std::regex_replace(read_all(run(name).log()), std::regex(R"(\d+h:\d+m:\d+s)"), "TIME");
  }
  TrainingState newest_state(const std::string& name) const {
    return read_state(list_checkpoints(run(name).checkpoints()).back().path / "state.json");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(trainer, Place)

BOOST_AUTO_TEST_CASE(a_run_stopped_after_every_batch_comes_to_the_same_end) {
  train("whole");
  for (std::uint64_t step = 1; step < 15; ++step) {
    train_one_batch("run");
    BOOST_TEST(newest_state("run").step == step);
    BOOST_TEST(newest_state("run").epoch == static_cast<std::int64_t>(1 + step / 5));
    BOOST_TEST(newest_state("run").batch == static_cast<std::int64_t>(step % 5));
    BOOST_TEST((newest_state("run").cells == Cells{}) == (step % 5 == 0));
    BOOST_TEST(newest_state("run").log_bytes == read_all(run("run").log()).size());
    const std::size_t kept = list_checkpoints(run("run").checkpoints()).size();
    BOOST_TEST(kept >= std::min<std::size_t>(step, 2));
    BOOST_TEST(kept <= 3u);  // the newest two and the best
  }
  train_one_batch("run", Outcome::kFinished);
  BOOST_TEST((read_all(run("run").newest_model()) == read_all(run("whole").newest_model())));
  BOOST_TEST((read_all(run("run").best_model()) == read_all(run("whole").best_model())));
  BOOST_TEST(log("run") == log("whole"));
  for (const char* kind : {"progress", "epoch"})
    BOOST_TEST(test::events_of(run("run").root, kind) == test::events_of(run("whole").root, kind));
  const TrainingState state = newest_state("run"), whole = newest_state("whole");
  BOOST_TEST(state.step == 15u);
  BOOST_TEST(state.lines_seen == 3 * 18);
  BOOST_TEST(state.finished);
  BOOST_TEST(state.best_step == whole.best_step);
  BOOST_TEST(state.best_validation_loss == whole.best_validation_loss);
}

BOOST_AUTO_TEST_CASE(padding_and_waiting_are_told_for_each_epoch) {
  train("run");
  std::istringstream events(read_all(run("run").events()));
  int epochs = 0;
  for (std::string line; std::getline(events, line);) {
    const auto event = boost::json::parse(line).as_object();
    if (event.at("event") != "epoch") continue;
    ++epochs;
    const auto share = [&](const char* name) { return event.at(name).to_number<double>(); };
    // 44 characters on each side and 18 ends of line; with a line of three in each batch, five times 4 rows
    // of 3 and of 4 cells.
    BOOST_TEST(share("padding_share") <= 1.0 - 106.0 / 140.0 + 1e-12);
    BOOST_TEST(share("padding_share") > 1.0 - 106.0 / 124.0 - 1e-12);
    BOOST_TEST(share("laid_out_padding_share") == share("padding_share"));
    BOOST_TEST(share("waiting_share") > 0.0);
    BOOST_TEST(share("waiting_share") < 1.0);
  }
  BOOST_TEST(epochs == 3);
}

BOOST_AUTO_TEST_CASE(the_best_model_is_the_one_of_lowest_validation_loss) {
  options.epochs = 1;
  train("run");
  const std::string first = read_all(run("run").best_model());
  BOOST_TEST((first == read_all(run("run").newest_model())));
  BOOST_TEST(newest_state("run").best_step == 5u);
  // From here on learning at random makes things worse.
  options.epochs = 3;
  options.learning_rate = 0.1;
  options.clip = 1e-6;
  train("run");
  BOOST_TEST((read_all(run("run").best_model()) == first));
  BOOST_TEST((read_all(run("run").newest_model()) != first));
  BOOST_TEST(newest_state("run").best_step == 5u);
  const std::string events = read_all(run("run").events());
  BOOST_TEST(contains(events, "\"epoch\":1,\"lines_seen\":18,"));
  BOOST_TEST(contains(events, "\"best\":true"));
  BOOST_TEST(contains(events, "\"best\":false"));
}

BOOST_AUTO_TEST_CASE(without_validation_lines_the_newest_model_is_all_there_is) {
  dataset = make_dataset(0);
  train("run");
  BOOST_TEST(!fs::exists(run("run").best_model()));
  BOOST_TEST(run("run").model("best") == run("run").newest_model());
  BOOST_TEST(contains(log("run"), "Validation loss:    nan"));
  BOOST_TEST(contains(read_all(run("run").events()), "\"validation_loss\":null"));
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_no_number_ends_the_run_before_it_spoils_anything) {
  train_one_batch("run");
  put_nan("run", "output.bias", 5);
  const RunDirectory directory = run("run");
  const std::string model = read_all(directory.newest_model());
  train_here(
      "run", [] {}, Outcome::kDiverged);
  BOOST_TEST((read_all(directory.newest_model()) == model));
  BOOST_TEST(list_checkpoints(directory.checkpoints()).size() == 1u);
  BOOST_TEST(
      contains(read_all(directory.events()), "{\"event\":\"diverged\",\"step\":2,\"epoch\":1,\"batch\":2,"));
}

BOOST_AUTO_TEST_CASE(weights_that_are_no_numbers_are_not_saved) {
  options.learning_rate = 1e38;  // the first step leaves none that is finite, but its loss was
  options.clip = 0;
  options.checkpoint_every = {.batches = 1};
  options.log_every = 100;
  train_here(
      "run", [] {}, Outcome::kDiverged);
  BOOST_TEST(list_checkpoints(run("run").checkpoints()).empty());
}

BOOST_AUTO_TEST_CASE(a_loss_beyond_all_guessing_is_divergence) {
  options.learning_rate = 50;
  options.clip = 0;
  train_here(
      "run", [] {}, Outcome::kDiverged);
  BOOST_TEST(contains(read_all(run("run").events()), "{\"event\":\"diverged\",\"step\":2,"));
}

BOOST_AUTO_TEST_CASE(patience_ends_a_run_that_gets_no_better) {
  options.epochs = 1;
  train("run");
  options.epochs = 20;
  options.learning_rate = 0;  // nothing is learnt any more
  options.patience = 3;
  train("run");
  const TrainingState state = newest_state("run");
  BOOST_TEST(state.epoch == 1 + 3 + 1);
  BOOST_TEST(state.epochs_since_best == 3);
  BOOST_TEST(state.finished);
  BOOST_TEST(is_finished(state, options));
  BOOST_TEST(contains(read_all(run("run").events()), "{\"event\":\"finished\",\"step\":20,\"early\":true,"));
  options.patience = 0;
  BOOST_TEST(!is_finished(state, options));
}

BOOST_AUTO_TEST_CASE(the_best_may_be_that_of_most_exact_lines) {
  options.epochs = 40;
  options.rnn_size = 16;
  options.learning_rate = 0.03;
  options.best_by = "exact";
  train("run");
  double most = 0.0, loss = 0.0, lowest = std::numeric_limits<double>::infinity();
  std::uint64_t best_step = 0;
  std::istringstream events(read_all(run("run").events()));
  for (std::string line; std::getline(events, line);) {
    const boost::json::object event = boost::json::parse(line).as_object();
    if (event.at("event") == "progress") loss = event.at("validation_loss").to_number<double>();
    if (event.at("event") != "epoch") continue;
    const double accuracy = event.at("accuracy").to_number<double>();
    const bool better = accuracy > most || (accuracy == most && loss < lowest);
    BOOST_TEST(event.at("best").as_bool() == better);
    if (!better) continue;
    most = accuracy, lowest = loss;
    best_step = event.at("step").to_number<std::uint64_t>();
  }
  const TrainingState state = newest_state("run");
  BOOST_TEST(best_step > 0u);
  BOOST_TEST(best_step < state.step);
  BOOST_TEST(state.best_step == best_step);
  BOOST_TEST(state.best_accuracy == most);
  BOOST_TEST(most > 0.0);
  BOOST_TEST(read_model_description(run("run").best_model()).step == best_step);
}

// In parts, the gradients are the same but for rounding, and so is what it comes to.
BOOST_AUTO_TEST_CASE(a_batch_computed_in_parts_takes_the_same_steps) {
  options.keep_probability = 1.0;
  options.learning_rate = 0.001;
  train("whole");
  const auto weights = [&](const std::string& name) {
    const LoadedModel loaded = load_model(run(name).newest_model());
    return loaded.model->parameters().values().to_host<float>();
  };
  const std::vector<float> whole = weights("whole");
  for (const int parts : {2, 3, 4}) {
    options.accumulate = parts;
    const std::string name = "parts-" + std::to_string(parts);
    train(name);
    const std::vector<float> other = weights(name);
    float furthest = 0.0f;
    for (std::size_t i = 0; i < whole.size(); ++i)
      furthest = std::max(furthest, std::abs(whole[i] - other[i]));
    BOOST_TEST(furthest < 2e-5f);  // 15 steps of 0.001 each
    BOOST_TEST(newest_state(name).lines_seen == newest_state("whole").lines_seen);
    BOOST_TEST((newest_state(name).epoch == newest_state("whole").epoch));
  }
}

BOOST_AUTO_TEST_CASE(a_batch_in_parts_is_resumed_to_the_bit) {
  options.accumulate = 2;
  options.keep_probability = 0.5;
  train("whole");
  for (int step = 1; step < 15; ++step) train_one_batch("run");
  train_one_batch("run", Outcome::kFinished);
  BOOST_TEST((read_all(run("run").newest_model()) == read_all(run("whole").newest_model())));
}

BOOST_AUTO_TEST_CASE(without_validation_lines_patience_never_ends) {
  dataset = make_dataset(0);
  options.patience = 1;
  train("run");
  BOOST_TEST(newest_state("run").epoch == 4);
}

BOOST_AUTO_TEST_CASE(rollbacks_halve_the_learning_rate) {
  train_one_batch("run");
  options.log_every = 1;
  const int end = test::in_child([&] {
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    const RunLock lock(run("run").root);
    const Checkpoint newest = list_checkpoints(run("run").checkpoints()).back();
    TrainingState state = read_state(newest.path / "state.json");
    state.rollbacks = 3;
    Trainer trainer(options, dataset, lock, state, newest.path);
    return trainer.run() == Outcome::kFinished ? 0 : 1;
  });
  BOOST_TEST(end == 0);
  BOOST_TEST(contains(read_all(run("run").events()), "\"learning_rate\":1.25E-3"));
  BOOST_TEST(newest_state("run").rollbacks == 3);
}

// A file in the place of the directory of checkpoints: no save succeeds until it is gone.
BOOST_AUTO_TEST_CASE(a_save_that_fails_stops_no_training) {
  train("whole");
  options.checkpoint_every = {.batches = 1};
  fs::create_directories(run("run").root);
  test::write_all(run("run").checkpoints(), "");
  const int end = test::in_child([&] {
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    const RunLock lock(run("run").root);
    Trainer trainer(options, dataset, lock, {}, {});
    const std::string error = test::error_of([&] { trainer.run(); });
    return contains(error, "step 15 could not be saved: ") && contains(error, "checkpoints") ? 0 : 1;
  });
  BOOST_TEST(end == 0);
  const std::string events = read_all(run("run").events());
  BOOST_TEST(contains(events, "{\"event\":\"save_failed\",\"step\":"));
  BOOST_TEST(!contains(events, "{\"event\":\"saved\""));
  fs::remove(run("run").checkpoints());
  // Nothing was lost but time: best.safetensors came before the checkpoint that failed.
  train("run");
  BOOST_TEST((read_all(run("run").newest_model()) == read_all(run("whole").newest_model())));
}

BOOST_AUTO_TEST_CASE(what_saving_costs_is_told) {
  options.checkpoint_every = {.batches = 2};
  train("run");
  const std::string saved = test::events_of(run("run").root, "saved");
  BOOST_TEST(contains(saved, "\"step\":15,"));
  for (const char* field : {"stall_seconds", "save_seconds", "bytes"}) BOOST_TEST(contains(saved, field));
}

BOOST_AUTO_TEST_CASE(checkpoints_come_at_epochs_ends_and_where_asked_for) {
  const auto steps = [&](const std::string& name) {
    std::vector<std::uint64_t> found;
    for (const Checkpoint& checkpoint : list_checkpoints(run(name).checkpoints()))
      found.push_back(checkpoint.step);
    return found;
  };
  // Of those that come due while a save is under way the newest alone is kept: the end's is always there.
  options.keep_last = 100;
  train("ends");
  for (const std::uint64_t step : steps("ends")) BOOST_TEST(step % 5 == 0);
  BOOST_TEST(steps("ends").back() == 15u);
  options.checkpoint_every = {.batches = 2};
  train("often");
  for (const std::uint64_t step : steps("often")) BOOST_TEST((step % 5 % 2 == 0));
  BOOST_TEST(steps("often").size() >= 2u);
  BOOST_TEST(steps("often").back() == 15u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::seq2seq
