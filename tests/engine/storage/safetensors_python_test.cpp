// What write_safetensors writes, Python's safetensors opens; what that writes, SafetensorsFile opens.
#include <cstdio>
#include <cstdlib>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "engine/storage/safetensors.h"
#include "tests/engine/storage/scratch.h"

namespace favras {
namespace {

constexpr int kSkipped = 77;

// The Python command's exit status and what it wrote to its standard output.
std::pair<int, std::string> python(std::string_view arguments) {
  const std::string command = fmt::format("\"$FAVRAS_PYTHON\" {}", arguments);
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) throw std::runtime_error("popen failed");
  std::string output;
  for (int character; (character = std::fgetc(pipe)) != EOF;) output += static_cast<char>(character);
  return {::pclose(pipe), output};
}

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

BOOST_AUTO_TEST_CASE(there_and_back) {
  const test::ScratchDirectory scratch;
  const std::vector<TensorRecord> tensors = {{"scalar", "F64", {}, bytes_of("12345678")},
                                             {"matrix", "F32", {1, 2}, bytes_of("abcdefgh")},
                                             {"empty", "F16", {3, 0}, {}},
                                             {"odd size", "U8", {3}, bytes_of("xyz")},
                                             {"\"na\u00efve\"\n", "I16", {2}, bytes_of("ABCD")},
                                             {"flag", "BOOL", {1}, bytes_of("\x01")},
                                             {"whole", "I64", {1}, bytes_of("IJKLMNOP")},
                                             {"ids", "I32", {1}, bytes_of("QRST")}};
  const std::map<std::string, std::string> metadata = {{"format", "pt"}, {"na\u00efve", "\"\n"}};
  write_safetensors(scratch / "ours", tensors, metadata);
  const auto [status, output] =
      python(fmt::format("{} {} {}", SCRIPT, (scratch / "ours").string(), (scratch / "theirs").string()));
  BOOST_TEST(status == 0);
  BOOST_TEST(output == R"(metadata ["format", "pt"])"
                       "\n"
                       R"(metadata ["na\u00efve", "\"\n"])"
                       "\n"
                       R"(tensor ["\"na\u00efve\"\n", "I16", [2], "41424344"])"
                       "\n"
                       R"(tensor ["empty", "F16", [3, 0], ""])"
                       "\n"
                       R"(tensor ["flag", "BOOL", [1], "01"])"
                       "\n"
                       R"(tensor ["ids", "I32", [1], "51525354"])"
                       "\n"
                       R"(tensor ["matrix", "F32", [1, 2], "6162636465666768"])"
                       "\n"
                       R"(tensor ["odd size", "U8", [3], "78797a"])"
                       "\n"
                       R"(tensor ["scalar", "F64", [], "3132333435363738"])"
                       "\n"
                       R"(tensor ["whole", "I64", [1], "494a4b4c4d4e4f50"])"
                       "\n");

  const SafetensorsFile theirs(scratch / "theirs");
  BOOST_TEST((theirs.metadata() == metadata));
  BOOST_TEST(theirs.tensors().size() == tensors.size());
  for (const TensorRecord& expected : tensors) {
    const TensorRecord& tensor = theirs.at(expected.name);
    BOOST_TEST(tensor.dtype == expected.dtype);
    BOOST_TEST(tensor.shape == expected.shape, boost::test_tools::per_element());
    BOOST_TEST(std::ranges::equal(tensor.data, expected.data), expected.name);
  }
}

}  // namespace
}  // namespace favras

int main(int argc, char** argv) {
  if (!std::getenv("FAVRAS_PYTHON") ||
      favras::python("-c 'import safetensors.numpy' 2>/dev/null").first != 0) {
    std::puts("skipped: FAVRAS_PYTHON names no Python that has safetensors and numpy");
    return favras::kSkipped;
  }
  return boost::unit_test::unit_test_main(&init_unit_test, argc, argv);
}
