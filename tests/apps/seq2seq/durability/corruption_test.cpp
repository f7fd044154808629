// The newest checkpoint of a run with any byte changed, or cut to any length: it is named and set aside, and
// the one before is used. Thousands of such damages in this process, some before the real program.
#include <algorithm>
#include <cstring>
#include <random>
#include <string>

#include "apps/seq2seq/model/model_file.h"
#include "apps/seq2seq/training/training_state.h"
#include "tests/apps/seq2seq/durability/long_run.h"
#include "tests/apps/seq2seq/durability/moments.h"

namespace favras::test {
namespace {

namespace fs = std::filesystem;

BOOST_TEST_GLOBAL_FIXTURE(InMemory);

const std::map<std::string, std::string> kOptions{
    {"batch-size", "50"}, {"checkpoint-every", "5"}, {"log-every", "5"}};
constexpr std::array kFiles{"manifest.json", "state.json", "model.safetensors", "optimizer.safetensors"};

// One bit of the byte at `place` turned, or the file cut off there.
struct Damage {
  std::string file;
  std::size_t place;
  bool is_cut;
};
std::ostream& operator<<(std::ostream& out, const Damage& damage) {
  return out << damage.file << (damage.is_cut ? " cut to " : " with another byte at ") << damage.place;
}

void inflict(const Damage& damage, const fs::path& checkpoint) {
  const fs::path path = checkpoint / damage.file;
  if (damage.is_cut) return fs::resize_file(path, damage.place);
  put_byte(path, damage.place, read_all(path).at(damage.place) ^ 1 << damage.place % 8);
}

// Two checkpoints, at the fifth batch and the tenth, which ends the only epoch.
struct Damaged : TrainingPlace {
  Damaged() : random(static_cast<std::uint64_t>(amount("FAVRAS_SEED", 1))) {
    run_whole("run", with("1"));
    BOOST_TEST_REQUIRE(list_checkpoints(checkpoints).size() == 2U);
    for (const char* name : kFiles) whole[name] = read_all(newest / name);
  }
  static std::map<std::string, std::string> with(const std::string& epochs) {
    std::map<std::string, std::string> options = kOptions;
    options["epochs"] = epochs;
    return options;
  }

  // Up to here every byte counts; in the tensors behind it one is as good as another.
  std::size_t end_of_header(const std::string& file) const {
    const std::string& bytes = whole.at(file);
    if (!file.ends_with(".safetensors")) return bytes.size();
    std::uint64_t header;
    std::memcpy(&header, bytes.data(), sizeof header);
    return sizeof header + header;
  }
  // Every byte of what is not tensors, every length, and some of the rest.
  std::vector<Damage> damages() {
    std::vector<Damage> all;
    for (const std::string file : kFiles) {
      const std::size_t size = whole.at(file).size(), header = end_of_header(file);
      for (const bool is_cut : {false, true}) {
        for (std::size_t place = 0; place < header; ++place) all.push_back({file, place, is_cut});
        for (int i = 0; i < 300 && header < size; ++i)
          all.push_back(
              {file,
               header + static_cast<std::size_t>(random.up_to(static_cast<std::int64_t>(size - header) - 1)),
               is_cut});
      }
    }
    // Without its last byte, the newline, a manifest is the same manifest.
    std::erase_if(all, [&](const Damage& damage) {
      return damage.is_cut && damage.file == "manifest.json" &&
             damage.place + 1 == whole.at(damage.file).size();
    });
    return all;
  }

  void check_falls_back(const Damage& damage) {
    inflict(damage, newest);
    std::vector<std::string> reports;
    const auto found =
        newest_valid_checkpoint(checkpoints, [&](const std::string& text) { reports.push_back(text); });
    BOOST_TEST_REQUIRE((found && found->step == 5U), damage);
    BOOST_TEST_REQUIRE(reports.size() == 1U, damage);
    BOOST_TEST(contains(reports[0], fmt::format("is damaged and set aside as 'step-10.damaged': '{}'",
                                                (newest / damage.file).string())),
               reports[0]);
    BOOST_TEST(seq2seq::read_state(found->path / "state.json").step == 5U);
    BOOST_TEST(seq2seq::load_model(found->path / "model.safetensors").description.step == 5U);
    fs::rename(checkpoints / "step-10.damaged", newest);
    write_all(newest / damage.file, whole.at(damage.file));
  }

  Random random;
  fs::path checkpoints = *this / "run" / "checkpoints", older = checkpoints / "step-5",
           newest = checkpoints / "step-10";
  std::map<std::string, std::string> whole;
};

BOOST_FIXTURE_TEST_CASE(any_damage_leaves_the_checkpoint_before, Damaged) {
  const std::vector<Damage> all = damages();
  for (const Damage& damage : all) check_falls_back(damage);
  BOOST_TEST(verify_checkpoint(newest).empty());
  BOOST_TEST(all.size() > 10000U);
  count("damages to a checkpoint found, in process", static_cast<std::int64_t>(all.size()));
}

BOOST_FIXTURE_TEST_CASE(the_program_goes_on_from_the_checkpoint_before, Damaged) {
  run_whole("longer", with("2"));
  fs::rename(*this / "run", *this / "run.whole");
  std::vector<Damage> all = damages();
  const std::int64_t runs = amount("FAVRAS_DAMAGED_RUNS", 40);
  for (std::int64_t i = 0; i < runs; ++i) {
    const Damage damage =
        all.at(static_cast<std::size_t>(random.up_to(static_cast<std::int64_t>(all.size()) - 1)));
    fs::remove_all(*this / "run");
    fs::copy(*this / "run.whole", *this / "run", fs::copy_options::recursive);
    inflict(damage, newest);
    const Ended ended = run_seq2seq(train("run", with("2")));
    BOOST_TEST_CONTEXT(damage) {
      BOOST_TEST(ended.status == 0);
      BOOST_TEST(ended.err.starts_with(
                     fmt::format("checkpoint '{0}' is damaged and set aside as 'step-10.damaged': '{0}/{1}'",
                                 newest.string(), damage.file)),
                 ended.err);
      BOOST_TEST(contains(ended.out, "Going on after step 5 "));
      for (const char* name : {"model.safetensors", "best.safetensors"})
        BOOST_TEST((read_all(*this / "run" / name) == read_all(*this / "longer" / name)), name);
    }
  }
  count("damages to a checkpoint that the program went on after", runs);
}

BOOST_FIXTURE_TEST_CASE(without_a_whole_checkpoint_the_program_gives_up, Damaged) {
  fs::rename(*this / "run", *this / "run.whole");
  for (const std::string file : kFiles) {
    fs::remove_all(*this / "run");
    fs::copy(*this / "run.whole", *this / "run", fs::copy_options::recursive);
    for (const fs::path& checkpoint : {older, newest})
      inflict({file, whole.at(file).size() / 2, file == "state.json"}, checkpoint);
    const auto before = content_of(*this / "run");
    const Ended ended = run_seq2seq(train("run", with("2")));
    BOOST_TEST(ended.status == 1);
    for (const fs::path& checkpoint : {older, newest})
      BOOST_TEST(contains(ended.err, fmt::format("'{}' is damaged and set aside as '{}.damaged': ",
                                                 checkpoint.string(), checkpoint.filename().string())),
                 ended.err);
    BOOST_TEST(contains(ended.err, "no whole checkpoint"), ended.err);
    // But for their names, both are as they were.
    for (const fs::path& checkpoint : {older, newest})
      fs::rename(checkpoint.string() + ".damaged", checkpoint);
    BOOST_TEST((content_of(*this / "run") == before), file);
  }
}

}  // namespace
}  // namespace favras::test
