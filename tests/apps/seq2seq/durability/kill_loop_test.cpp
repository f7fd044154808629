// A run that is killed hundreds of times, at random moments, and resumed each time by the same command: it
// comes to the end of one that was left alone, and a kill costs no more than the batches since the newest
// checkpoint.
#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <random>
#include <regex>
#include <string>

#include "tests/apps/seq2seq/durability/long_run.h"
#include "tests/apps/seq2seq/durability/moments.h"

namespace favras::test {
namespace {

namespace fs = std::filesystem;

BOOST_TEST_GLOBAL_FIXTURE(InMemory);

constexpr int kBatches = 24, kEpochs = 150,  // of 20 lines each
    kInterrupted = 75;
const std::map<std::string, std::string> kOptions{
    {"batch-size", "20"}, {"epochs", std::to_string(kEpochs)}, {"checkpoint-every", "7"}};

// What was going on when a process died.
enum Moment { kStartUp, kTraining, kSaving, kEpochsEnd, kMoments };
constexpr std::array<const char*, kMoments> kNames{"in start-up", "between two batches or in one",
                                                   "while files were written", "at an epoch's end"};

// One process of the run: what it said on standard output, and how it ended.
struct Life {
  std::string said, complained;
  int status = 0;
};

// Steps done according to the last progress line of the text; 0 without one.
std::uint64_t last_step(const std::string& text) {
  const std::size_t at = text.rfind("Epoch ");
  std::smatch match;
  const std::string line = at == text.npos ? "" : text.substr(at, text.find('\n', at) - at);
  if (!std::regex_search(line, match, std::regex(R"(Epoch +(\d+)/\d+ Batch +(\d+)/)"))) return 0;
  return (std::stoull(match[1]) - 1) * kBatches + std::stoull(match[2]);
}

std::string said_by(int out) { return read_all(fmt::format("/proc/self/fd/{}", out)); }

struct KillLoop : TrainingPlace {
  KillLoop() : seed(static_cast<std::uint64_t>(amount("FAVRAS_SEED", std::random_device()()))), random(seed) {
    BOOST_TEST_MESSAGE("FAVRAS_SEED=" << seed);
    const auto started = std::chrono::steady_clock::now();
    run_whole("whole", kOptions);
    const auto whole = std::chrono::steady_clock::now() - started;
    twenty_batches =
        std::chrono::duration_cast<std::chrono::microseconds>(whole).count() / (kBatches * kEpochs / 20);
  }

  // Starts the program and waits for a random moment of a random kind.
  void wait(const Program& program, FileWatch& files, int out) {
    constexpr int kStartUpTime = 20000;  // microseconds
    switch (random.up_to(6)) {
      case 0:
        return sleep_for(random.up_to(kStartUpTime));
      case 1:
        return sleep_for(kStartUpTime + random.up_to(twenty_batches));
      case 2:
      case 3:
        files.wait(program.id(), random.up_to(80), FileWatch::Where::kInIt);
        break;
      case 4:
        wait_until(program.id(), [&] { return contains(said_by(out), "Model training for"); });
        break;
      default:
        files.wait(program.id(), random.up_to(60), FileWatch::Where::kBelowIt);
    }
    sleep_for(random.up_to(500));
  }

  Life live(const std::function<int(Random&)>& choose_signal) {
    const int out = Program::memory_file("");
    FileWatch files(run);
    Program program(train("run", kOptions), "", Program::User::kSame, [&] { ::dup2(out, STDOUT_FILENO); });
    wait(program, files, out);
    const Ended ended = program.finish_after(choose_signal(random));
    const std::string said = said_by(out);
    ::close(out);
    return {said, ended.err, ended.status};
  }

  // Where a process with this output was when it died.
  Moment moment_of(const Life& life) const {
    if (life.said.empty()) return kStartUp;
    const std::string tail = life.said.substr(life.said.size() - std::min<std::size_t>(life.said.size(), 60));
    if (contains(tail, "Model training for") || contains(tail, "Current accuracy")) return kEpochsEnd;
    for (const auto& entry : fs::recursive_directory_iterator(run))
      if (entry.path().extension() == ".tmp") return kSaving;
    return kTraining;
  }

  // Ends processes until so many are ended and a run is at its end; if one ends before, another is begun.
  void check_loop(std::int64_t enough, const std::function<int(Random&)>& choose_signal) {
    std::int64_t lives = 0;
    for (bool is_over = false; !is_over; is_over = lives >= enough) {
      fs::remove_all(run);
      fs::create_directory(run);
      for (std::uint64_t before = 0;; ++lives) {
        const Life life = live(lives < enough ? choose_signal : [](Random&) { return 0; });
        if (life.status == 0) break;
        BOOST_TEST_CONTEXT("process " << lives + 1) before = check_killed(life, before);
      }
      check_same(run, *this / "whole");
    }
    count("processes ended by kill -9", lives - asked_to_stop);
    count("processes ended by SIGTERM", asked_to_stop);
    for (int i = 0; i < kMoments; ++i) count(fmt::format("of both, {}", kNames[i]), moments[i]);
    count("batches lost at most, with a checkpoint every 7", most_lost);
  }

  // Returns the step of the newest checkpoint after the process, given that before it.
  std::uint64_t check_killed(const Life& life, std::uint64_t before) {
    BOOST_TEST_REQUIRE((life.status == -SIGKILL || life.status == -SIGTERM || life.status == kInterrupted),
                       life.status << ": " << life.complained);
    // Of a save that was cut short, or of the interruption; never of damage.
    BOOST_TEST(std::regex_match(life.complained, std::regex("(removing '.*\n)*(Interrupted after .*\n)?")),
               life.complained);
    if (life.status != -SIGKILL) ++asked_to_stop;
    if (!life.said.empty())
      BOOST_TEST(life.said.starts_with(before == 0 ? "Batch size: 20\n"
                                                   : fmt::format("Going on after step {} (", before)),
                 life.said.substr(0, 100));
    const std::uint64_t after = newest_step(run), done = std::max(before, last_step(life.said));
    BOOST_TEST(after >= before);
    if (life.status == kInterrupted) BOOST_TEST(after >= done);
    most_lost = std::max(most_lost, static_cast<std::int64_t>(done) - static_cast<std::int64_t>(after));
    ++moments[moment_of(life)];
    return after;
  }

  std::uint64_t seed;
  Random random;
  fs::path run = *this / "run";
  std::int64_t twenty_batches = 0;  // microseconds
  std::array<std::int64_t, kMoments> moments{};
  std::int64_t asked_to_stop = 0, most_lost = 0;
};

BOOST_FIXTURE_TEST_CASE(killed_at_random_moments_it_comes_to_the_same_end, KillLoop) {
  check_loop(amount("FAVRAS_KILLS", 250), [](Random&) { return SIGKILL; });
  for (int i = 0; i < kMoments; ++i) BOOST_TEST(moments[i] > 0, kNames[i]);
}

BOOST_FIXTURE_TEST_CASE(asked_to_stop_and_killed_in_turn_it_comes_to_the_same_end, KillLoop) {
  check_loop(amount("FAVRAS_STOPS", 60), [](Random& any) { return any.up_to(1) == 0 ? SIGTERM : SIGKILL; });
}

}  // namespace
}  // namespace favras::test
