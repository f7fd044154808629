// What is said of each way to end.
#include "apps/seq2seq/supervisor/ending.h"

#include <csignal>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {

namespace {

namespace fs = std::filesystem;

int exited(int status) { return status << 8; }  // as waitpid says it
int killed(int signal, bool core = false) { return signal | (core ? 0x80 : 0); }

void check(const Ending& ending, const std::string& kind, int status, const std::string& text) {
  BOOST_TEST(ending.kind == kind);
  BOOST_TEST(ending.status == status);
  BOOST_TEST(ending.text == text);
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  test::write_all(path, text);
}

}  // namespace

BOOST_AUTO_TEST_CASE(exits) {
  const auto of = [](int status) { return ending(exited(status), "the last line", {}, {}); };
  check(of(0), "finished", 0, "finished");
  check(of(75), "interrupted", 75, "was interrupted and has saved; the same command goes on");
  check(of(3), "diverged", 3, "diverged: the last line");
  check(of(2), "usage", 2, "was used wrongly: the last line");
  check(of(1), "failed", 1, "failed: the last line");
  check(of(127), "failed", 127, "failed with status 127: the last line");
  check(ending(exited(1), "", {}, {}), "failed", 1, "failed");
  BOOST_TEST(of(1).signal == "");
}

BOOST_AUTO_TEST_CASE(crashes) {
  for (const auto& [signal, name] : {std::pair(SIGSEGV, "SIGSEGV"),
                                     {SIGABRT, "SIGABRT"},
                                     {SIGBUS, "SIGBUS"},
                                     {SIGFPE, "SIGFPE"},
                                     {SIGILL, "SIGILL"}})
    check(ending(killed(signal), "", {}, {}), "crashed", 128 + signal, fmt::format("crashed with {}", name));
  check(ending(killed(SIGABRT, true), "double free", {}, {}), "crashed", 134,
        "crashed with SIGABRT, core dumped: double free");
}

BOOST_AUTO_TEST_CASE(kills) {
  const Ending terminated = ending(killed(SIGTERM), "the last line", {}, {});
  check(terminated, "killed", 143, "was killed by SIGTERM");
  BOOST_TEST(terminated.signal == "SIGTERM");
  const auto of = [](const OomKills& before, const OomKills& after) {
    const Ending of_kill = ending(killed(SIGKILL), "", before, after);
    BOOST_TEST(of_kill.kind == "killed");
    BOOST_TEST(of_kill.status == 137);
    return of_kill.text;
  };
  BOOST_TEST(
      of({1, 5}, {2, 6}) ==
      "was killed by SIGKILL (the kernel's out-of-memory killer has ended a process of this control group)");
  BOOST_TEST(of({1, 5}, {1, 6}) ==
             "was killed by SIGKILL (perhaps by the kernel's out-of-memory killer, which has ended "
             "a process on this machine)");
  BOOST_TEST(of({{}, 5}, {{}, 6}) == of({1, 5}, {1, 6}));
  BOOST_TEST(of({1, 5}, {1, 5}) == "was killed by SIGKILL (not by the kernel's out-of-memory killer)");
  BOOST_TEST(of({}, {}) ==
             "was killed by SIGKILL (perhaps by the kernel's out-of-memory killer; dmesg may know)");
}

BOOST_AUTO_TEST_CASE(counts_of_the_out_of_memory_killer) {
  const test::ScratchDirectory root;
  BOOST_TEST(!oom_kills(root.path()).in_this_cgroup);
  BOOST_TEST(!oom_kills(root.path()).on_this_machine);
  write(root / "proc/vmstat", "nr_free_pages 7\noom_kill 4\n");
  BOOST_TEST(oom_kills(root.path()).on_this_machine.value() == 4u);

  const fs::path cgroup = root / "sys/fs/cgroup";
  write(root / "proc/self/cgroup", "0::/user.slice/run:1.scope\n");
  BOOST_TEST(!oom_kills(root.path()).in_this_cgroup);
  write(cgroup / "memory.events", "low 0\noom 9\noom_kill 8\n");  // a container's
  BOOST_TEST(oom_kills(root.path()).in_this_cgroup.value() == 8u);
  write(cgroup / "user.slice/run:1.scope/memory.events", "oom 3\noom_kill 2\noom_group_kill 0\n");
  BOOST_TEST(oom_kills(root.path()).in_this_cgroup.value() == 2u);

  write(root / "proc/self/cgroup", "5:cpu:/\n4:memory:/batch/7\n0::/\n");  // version 1
  write(cgroup / "memory/batch/7/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
  BOOST_TEST(oom_kills(root.path()).in_this_cgroup.value() == 3u);
  write(root / "proc/self/cgroup", "nonsense\n");
  BOOST_TEST(!oom_kills(root.path()).in_this_cgroup);
}

}  // namespace favras::seq2seq
