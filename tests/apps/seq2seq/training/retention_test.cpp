// Which checkpoints stay.
#include "apps/seq2seq/training/retention.h"

#include <set>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/training/training_state.h"
#include "engine/storage/checkpoint_directory.h"
#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {
namespace {

using Steps = std::set<std::uint64_t>;

// A checkpoint every 10 steps and every 100 seconds.
std::vector<CheckpointFacts> checkpoints(int count) {
  std::vector<CheckpointFacts> facts;
  for (int i = 1; i <= count; ++i) facts.push_back({10u * i, 100.0 * i, {}, {}});
  return facts;
}

BOOST_AUTO_TEST_CASE(the_newest) {
  BOOST_TEST((steps_to_keep(checkpoints(5), {.last = 2, .best = 0, .every = {}}) == Steps{40, 50}));
  BOOST_TEST((steps_to_keep(checkpoints(5), {.last = 9, .best = 0, .every = {}}).size() == 5u));
  BOOST_TEST(steps_to_keep({}, {}).empty());
}

Steps kept(const std::vector<CheckpointFacts>& facts, std::int64_t best, BestBy by) {
  return steps_to_keep(facts, {.last = 1, .best = best, .every = {}, .best_by = by});
}

BOOST_AUTO_TEST_CASE(the_best_of_those_that_were_measured) {
  auto facts = checkpoints(6);
  facts[0].validation_loss = 0.3;
  facts[1].validation_loss = 0.1;
  facts[3].validation_loss = 0.2;
  facts[4].validation_loss = 0.1;
  facts[2].accuracy = 0.9;
  BOOST_TEST((kept(facts, 1, BestBy::kLoss) == Steps{20, 60}));
  BOOST_TEST((kept(facts, 3, BestBy::kLoss) == Steps{20, 40, 50, 60}));
  BOOST_TEST((kept(facts, 9, BestBy::kLoss) == Steps{10, 20, 40, 50, 60}));

  facts[0].accuracy = 0.5;
  facts[5].accuracy = 0.9;
  BOOST_TEST((kept(facts, 1, BestBy::kExact) == Steps{30, 60}));
  BOOST_TEST((kept(facts, 9, BestBy::kExact) == Steps{10, 30, 60}));
  facts[4].accuracy = 0.9;  // of equal ones that of the lower loss
  BOOST_TEST((kept(facts, 1, BestBy::kExact) == Steps{50, 60}));
}

BOOST_AUTO_TEST_CASE(one_of_each_period) {
  const auto kept = [](int count, const Period& every) {
    return steps_to_keep(checkpoints(count), {.last = 1, .best = 0, .every = every});
  };
  BOOST_TEST((kept(9, {.batches = 30}) == Steps{30, 60, 90}));
  BOOST_TEST((kept(8, {.batches = 25}) == Steps{30, 50, 80}));
  BOOST_TEST((kept(8, {.seconds = 250}) == Steps{30, 50, 80}));
  BOOST_TEST((kept(3, {.seconds = 3600}) == Steps{30}));
  BOOST_TEST((kept(3, {.batches = 1}) == Steps{10, 20, 30}));
}

// What goes once never would have been kept later: pruning after each save is pruning at the end.
BOOST_AUTO_TEST_CASE(pruning_as_it_goes_keeps_the_same) {
  const Retention retention{.last = 1, .best = 0, .every = {.batches = 35}};
  std::vector<CheckpointFacts> there;
  for (const CheckpointFacts& next : checkpoints(20)) {
    there.push_back(next);
    const Steps kept = steps_to_keep(there, retention);
    std::erase_if(there, [&](const CheckpointFacts& c) { return !kept.contains(c.step); });
  }
  BOOST_TEST(there.size() == steps_to_keep(checkpoints(20), retention).size());
}

BOOST_AUTO_TEST_CASE(facts_are_read_from_the_states) {
  const test::ScratchDirectory scratch;
  const auto save = [&](TrainingState state) {
    CheckpointWriter writer(scratch.path(), state.step);
    write_state(writer.file("state.json"), state);
    writer.commit();
  };
  TrainingState state;
  state.step = 7;
  state.seconds_trained = 1.5;
  state.validation_loss = 0.25;
  state.validation_step = 6;  // of other weights
  save(state);
  state.step = 8;
  state.validation_step = 8;
  save(state);
  state.step = state.validation_step = 9;
  state.validation_loss = std::numeric_limits<double>::quiet_NaN();  // there are no validation lines
  save(state);
  state.step = 10;
  save(state);
  test::write_all(scratch / "step-10/state.json", "{");
  const std::vector<CheckpointFacts> facts = read_checkpoint_facts(scratch.path());
  BOOST_TEST_REQUIRE(facts.size() == 3u);
  BOOST_TEST(facts[0].step == 7u);
  BOOST_TEST(facts[0].seconds_trained == 1.5);
  BOOST_TEST(!facts[0].validation_loss.has_value());
  BOOST_TEST(facts[1].validation_loss.value() == 0.25);
  BOOST_TEST(!facts[2].validation_loss.has_value());
}

}  // namespace
}  // namespace favras::seq2seq
