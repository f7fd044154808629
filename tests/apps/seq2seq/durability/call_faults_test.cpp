// Each system call on the run directory fails in its turn, or is the process's last: the run goes on, or ends
// with a message, and the next command brings it to the end of one that nothing befell.
#include <algorithm>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include "tests/apps/seq2seq/durability/long_run.h"
#include "tests/apps/seq2seq/durability/strace.h"

namespace favras::test {
namespace {

namespace fs = std::filesystem;

BOOST_TEST_GLOBAL_FIXTURE(InMemory);

constexpr int kSkipped = 77;
const std::map<std::string, std::string> kOptions{
    {"batch-size", "50"}, {"checkpoint-every", "5"}, {"log-every", "5"}};

struct Sweep : TrainingPlace {
  // Ten batches, saved after five and at the end.
  explicit Sweep() { run_whole("whole", with({{"epochs", "1"}})); }

  static std::map<std::string, std::string> with(std::map<std::string, std::string> options) {
    options.insert(kOptions.begin(), kOptions.end());
    return options;
  }

  // Of a run that saved after so many steps: a checkpoint may give way to a newer one.
  std::vector<Call> calls_of(const Words& words, const std::string& kinds, int step,
                             const std::function<void()>& reset) const {
    const std::string saved = fmt::format("step-{}.tmp/manifest.json", step);
    for (int i = 0; i < 20; ++i) {
      reset();
      const Ended ended = under_strace(*this / "trace", {"-e", "trace=" + kinds}, words);
      BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
      const std::string trace = read_all(*this / "trace");
      if (contains(trace, saved)) return calls_below(*this / "run", trace);
    }
    throw std::runtime_error("no run saved after step " + std::to_string(step));
  }

  // The run with that call failing, and once more without.
  void check(const Words& words, const Call& call, const std::string& fault, const fs::path& expected,
             const std::function<void()>& reset) {
    const bool killed = fault == "signal=KILL";
    const auto strike = [&] {
      reset();
      return under_strace(*this / "trace", inject(call, fault), words);
    };
    const auto was_struck = [&] {
      return contains(read_all(*this / "trace"), killed ? "killed by SIGKILL" : "(INJECTED)");
    };
    // Threads take turns as they like, and a checkpoint gives way to a newer one: not every run has that
    // call.
    Ended struck = strike();
    for (int again = 0; again < 5 && !was_struck(); ++again) struck = strike();
    if (!was_struck()) {
      ++missed;
      return;
    }
    if (killed)
      BOOST_TEST(struck.status == -SIGKILL);
    else
      check_told(struck, expected);
    newest_step(*this / "run");  // all are whole
    const Ended next = run_seq2seq(words);
    BOOST_TEST(next.status == 0, next.err);
    check_same(*this / "run", expected);
    ++faults;
  }

  // A failure is told, or nothing came of it.
  void check_told(const Ended& ended, const fs::path& expected) {
    // 2: its own configuration cannot be read.
    BOOST_TEST((ended.status == 0 || ((ended.status == 1 || ended.status == 2) && !ended.err.empty())),
               ended.status << ended.err);
    if (ended.status == 0 && ended.err.empty() && events_of(*this / "run", "save_failed").empty()) {
      check_same(*this / "run", expected);
      check_saved();
      ++harmless;
    } else {
      ++(ended.status == 0 ? went_on : gave_up);
    }
  }

  // What the run says that it saved last is there, and it was not only the end of it.
  void check_saved() {
    std::istringstream saved(events_of(*this / "run", "saved"));
    std::vector<std::uint64_t> steps;
    for (std::string event; std::getline(saved, event);)
      steps.push_back(boost::json::parse(event).at("step").to_number<std::uint64_t>());
    if (steps.size() < 2) ++gave_way;
    for (std::size_t i = steps.size() - std::min<std::size_t>(steps.size(), 2); i < steps.size(); ++i)
      BOOST_TEST(verify_checkpoint(checkpoint_path(*this / "run/checkpoints", steps[i])).empty(), steps[i]);
  }

  void report() const {
    BOOST_TEST(missed * 20 <= faults);
    BOOST_TEST(gave_way * 20 <= faults);
    count("faults put into system calls (EIO, ENOSPC, SIGKILL)", faults);
    count("errors among them after which the run went on and said so", went_on);
    count("errors among them that ended the run with a message", gave_up);
    count("errors among them of which nothing came", harmless);
  }

  std::int64_t faults = 0, went_on = 0, gave_up = 0, harmless = 0, missed = 0, gave_way = 0;
};

// Of the many writes to one file the first, the second and the last; all of them when soaking.
std::vector<Call> chosen(const std::vector<Call>& calls) {
  if (amount("FAVRAS_SOAK", 0)) return calls;
  std::map<std::pair<std::string, std::string>, int> last;
  for (const Call& call : calls) last[{call.name, call.path}] = call.nth;
  std::vector<Call> some;
  for (const Call& call : calls)
    if (call.nth <= 2 || call.nth == last.at({call.name, call.path})) some.push_back(call);
  return some;
}

bool can_run_out_of_space(const std::string& name) {
  return contains(name, "write") || contains(name, "open") || contains(name, "mkdir") ||
         contains(name, "rename");
}

BOOST_FIXTURE_TEST_CASE(every_call_of_a_run_up_to_its_first_checkpoint, Sweep) {
  const Words words = train("run", with({{"epochs", "1"}}));
  const auto reset = [&] { fs::remove_all(*this / "run"); };
  for (const Call& call : chosen(calls_of(words, kWritingCalls, 5, reset))) {
    if (contains(call.path, "step-10") && !amount("FAVRAS_SOAK", 0)) break;
    for (const std::string fault : {"error=EIO", "error=ENOSPC", "signal=KILL"}) {
      if (fault == "error=ENOSPC" && !can_run_out_of_space(call.name)) continue;
      BOOST_TEST_CONTEXT(fault << " at call " << call.nth << " of " << call.name << " on " << call.path)
      check(words, call, fault, *this / "whole", reset);
    }
  }
  BOOST_TEST(faults > 100);
  report();
}

BOOST_FIXTURE_TEST_CASE(every_call_while_a_run_is_resumed, Sweep) {
  // A run of two epochs, killed before it saves for the third time.
  run_whole("longer", with({{"epochs", "2"}}));
  const Words words = train("run", with({{"epochs", "2"}}));
  const auto clear = [&] { fs::remove_all(*this / "run"); };
  const std::vector<Call> calls = calls_of(words, kWritingCalls, 15, clear);
  const auto third =
      std::ranges::find_if(calls, [](const Call& call) { return contains(call.path, "step-15"); });
  BOOST_TEST_REQUIRE((third != calls.end()));
  do clear();  // until it was killed there, and has both checkpoints before
  while (under_strace(*this / "trace", inject(*third, "signal=KILL"), words).status == 0 ||
         list_checkpoints(*this / "run/checkpoints").size() < 2U);
  fs::rename(*this / "run", *this / "killed");
  const auto reset = [&] {
    fs::remove_all(*this / "run");
    fs::copy(*this / "killed", *this / "run", fs::copy_options::recursive);
  };
  for (const Call& call : chosen(calls_of(words, kWritingCalls + ",?read,?pread64", 15, reset))) {
    if (contains(call.path, "step-15")) break;  // the first save is the other test's
    for (const std::string fault : {"error=EIO", "signal=KILL"}) {
      BOOST_TEST_CONTEXT(fault << " at call " << call.nth << " of " << call.name << " on " << call.path)
      check(words, call, fault, *this / "longer", reset);
    }
  }
  report();
}

}  // namespace
}  // namespace favras::test

int main(int argc, char** argv) {
  if (!favras::test::strace_works()) {
    std::puts("skipped: no strace, or no process may trace another here");
    return favras::test::kSkipped;
  }
  return boost::unit_test::unit_test_main(&init_unit_test, argc, argv);
}
