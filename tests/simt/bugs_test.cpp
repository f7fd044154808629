// Every deliberate bug is caught by the mode meant to catch it, and the same code without the bug passes
// in every mode and order.
#include <cstdio>
#include <ostream>
#include <string>
#include <sys/wait.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

namespace {

namespace data = boost::unit_test::data;

struct Run {
  int status;
  std::string output;
};

// `program` is simt_bugs, simt_bugs_asan or simt_bugs_tsan.
Run run(const std::string& program, const std::string& arguments) {
  const std::string command =
      fmt::format("ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=halt_on_error=1 {}/{} {} 2>&1", SIMT_PROGRAMS,
                  program, arguments);
  std::FILE* pipe = popen(command.c_str(), "r");
  BOOST_REQUIRE(pipe != nullptr);
  Run result{};
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) result.output += static_cast<char>(c);
  result.status = WEXITSTATUS(pclose(pipe));
  return result;
}

struct Catch {
  std::string bug, program, order;
  std::string words;  // what is said about it
};

std::ostream& operator<<(std::ostream& stream, const Catch& c) {
  return stream << c.bug << " in " << c.program << ", " << c.order;
}

const Catch kCatches[] = {
    {"missing_barrier", "simt_bugs", "fifo", "wrong result"},
    {"missing_barrier", "simt_bugs", "lifo", "wrong result"},
    {"missing_barrier", "simt_bugs", "random", "wrong result"},
    {"missing_barrier", "simt_bugs", "priorities", "wrong result"},
    {"missing_barrier", "simt_bugs_tsan", "fifo", "data race"},
    {"write_after_read", "simt_bugs", "lifo", "wrong result"},
    {"write_after_read", "simt_bugs", "priorities", "wrong result"},
    {"write_after_read", "simt_bugs_tsan", "fifo", "data race"},
    {"divergent_barrier", "simt_bugs", "fifo", "divergent barrier"},
    {"early_return", "simt_bugs", "fifo", "returned before __syncthreads at barrier_bugs.cu"},
    {"uninitialised_shared", "simt_bugs", "fifo", "wrong result"},
    {"wrong_mask", "simt_bugs", "fifo", "does not name the lane itself"},
    {"lanes_beyond_the_block", "simt_bugs", "fifo", "names lanes that do not exist"},
    {"deadlock", "simt_bugs", "fifo", "deadlock: 16 threads at warp_bugs.cu"},
    {"shuffle_from_outside", "simt_bugs", "fifo", "shuffles from lane 16"},
    {"missing_syncwarp", "simt_bugs_tsan", "fifo", "data race"},
    {"static_shared_overrun", "simt_bugs_asan", "fifo", "out of bounds"},
    {"dynamic_shared_overrun", "simt_bugs_asan", "fifo", "heap-buffer-overflow"},
    {"global_overrun", "simt_bugs_asan", "fifo", "heap-buffer-overflow"},
    {"local_overrun", "simt_bugs_asan", "fifo", "out of bounds"},
    {"misaligned_vector", "simt_bugs_asan", "fifo", "misaligned address"},
    {"use_after_free", "simt_bugs_asan", "fifo", "heap-use-after-free"},
    {"host_reads_device_memory", "simt_bugs_asan", "fifo", "use-after-poison"},
    {"race_between_blocks", "simt_bugs_tsan", "fifo", "data race"},
    {"missing_fence", "simt_bugs_tsan", "fifo", "data race"},
    {"flag_never_set", "simt_bugs", "fifo", "threads only spin: 1 thread at grid_bugs.cu"},
    {"grid_sync_without_cooperation", "simt_bugs", "fifo", "the launch is not cooperative"},
    {"missing_synchronisation", "simt_bugs", "fifo", "wrong result"},
    {"host_buffer_reused", "simt_bugs", "fifo", "wrong result"},
    {"missing_event", "simt_bugs", "fifo", "wrong result"},
    {"argument_baked_into_graph", "simt_bugs", "fifo", "wrong result"},
};

}  // namespace

BOOST_DATA_TEST_CASE(bug_is_caught, data::make(kCatches), expected) {
  const Run broken = run(expected.program, fmt::format("broken {} {} 1", expected.bug, expected.order));
  BOOST_TEST((broken.status != 0 && broken.status != 2));
  BOOST_TEST_CONTEXT(broken.output) BOOST_TEST(broken.output.find(expected.words) != std::string::npos);
}

// Uniform picks and FIFO let a fast warp run ahead hardly ever.
BOOST_AUTO_TEST_CASE(priorities_catch_a_write_after_read_with_any_seed) {
  for (int seed = 1; seed <= 20; ++seed) {
    BOOST_TEST(run("simt_bugs", fmt::format("broken write_after_read priorities {}", seed)).status == 1);
  }
}

BOOST_DATA_TEST_CASE(code_without_bugs_passes,
                     data::make({"simt_bugs", "simt_bugs_asan", "simt_bugs_tsan"}) *
                         data::make({"fifo 1", "lifo 1", "random 1", "random 2", "priorities 1",
                                     "priorities 2"}),
                     program, order) {
  const Run fixed = run(program, fmt::format("fixed all {}", order));
  BOOST_TEST_CONTEXT(fixed.output) {
    BOOST_TEST(fixed.status == 0);
    BOOST_TEST(fixed.output == "25 run, 0 failed\n");
  }
}
