// Every fuzz target on the inputs of its corpus: seeds, and whatever fuzzing has found.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <boost/test/unit_test.hpp>

#define TARGET(name) extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size);
#include "fuzz_targets.inc"
#undef TARGET

namespace {

namespace fs = std::filesystem;

using Target = int (*)(const std::uint8_t*, std::size_t);

void run_corpus(const char* name, Target target) {
  BOOST_REQUIRE(fs::is_directory(fs::path(FUZZ_CORPUS) / name));
  int inputs = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(FUZZ_CORPUS) / name)) {
    BOOST_TEST_CHECKPOINT(entry.path().string());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string input{std::istreambuf_iterator<char>(file), {}};
    target(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
    ++inputs;
  }
  target(nullptr, 0);
  BOOST_TEST(inputs > 0);
}

}  // namespace

#define TARGET(name) \
  BOOST_AUTO_TEST_CASE(name) { run_corpus(#name, fuzz_##name); }
#include "fuzz_targets.inc"
