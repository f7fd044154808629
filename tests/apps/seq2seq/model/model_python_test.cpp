// The model of a finished run in the hands of Python: its own safetensors opens it, exported or not, and
// numpy, with the equations of nn.LSTM, decodes lines as `correct` does.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "tests/apps/seq2seq/program.h"

namespace favras::test {

namespace {

constexpr int kSkipped = 77;

// The Python command's exit status and standard output.
std::pair<int, std::string> python(const std::string& arguments) {
  std::FILE* const pipe = ::popen(fmt::format("\"$FAVRAS_PYTHON\" {}", arguments).c_str(), "r");
  if (!pipe) throw std::runtime_error("popen failed");
  std::string output;
  for (int character; (character = std::fgetc(pipe)) != EOF;) output += static_cast<char>(character);
  return {::pclose(pipe), output};
}

// Six characters, so ten ids; sizes of 20, 6 and 5.
constexpr const char* kTensors =
    "decoder.embedding.weight [10, 5] \n"
    "decoder.lstm.bias_hh_l0 [80] zero\n"
    "decoder.lstm.bias_hh_l1 [80] zero\n"
    "decoder.lstm.bias_ih_l0 [80] \n"
    "decoder.lstm.bias_ih_l1 [80] \n"
    "decoder.lstm.weight_hh_l0 [80, 20] \n"
    "decoder.lstm.weight_hh_l1 [80, 20] \n"
    "decoder.lstm.weight_ih_l0 [80, 5] \n"
    "decoder.lstm.weight_ih_l1 [80, 20] \n"
    "encoder.embedding.weight [10, 6] \n"
    "encoder.lstm.bias_hh_l0 [80] zero\n"
    "encoder.lstm.bias_hh_l1 [80] zero\n"
    "encoder.lstm.bias_ih_l0 [80] \n"
    "encoder.lstm.bias_ih_l1 [80] \n"
    "encoder.lstm.weight_hh_l0 [80, 20] \n"
    "encoder.lstm.weight_hh_l1 [80, 20] \n"
    "encoder.lstm.weight_ih_l0 [80, 6] \n"
    "encoder.lstm.weight_ih_l1 [80, 20] \n"
    "output.bias [10] \n"
    "output.weight [10, 20] \n";

}  // namespace

static void check(const std::string& architecture) {
  const TrainingPlace place;
  place.run_whole("run", {{"architecture", architecture},
                          {"rnn-size", "20"},
                          {"encoding-embedding-size", "6"},
                          {"decoding-embedding-size", "5"},
                          {"epochs", "6"},
                          {"log-every", "100"}});
  // The sources of the data, a long line, and an unknown character.
  std::string lines = "abcdefabcdefabcdef\na?b\n";
  std::istringstream pairs(read_all(place / "pairs.tsv"));
  for (std::string pair; std::getline(pairs, pair);) lines += pair.substr(0, pair.find('\t')) + "\n";
  write_all(place / "lines", lines);

  const Ended corrected =
      run_seq2seq({"correct", "--run", place.at("run"), "--weights", "newest", place.at("lines")});
  BOOST_TEST_REQUIRE(corrected.status == 0, corrected.err);
  const auto [status, output] =
      python(fmt::format("{} {} <{}", SCRIPT, place.at("run/model.safetensors"), place.at("lines")));
  BOOST_TEST_REQUIRE(status == 0);
  if (architecture == "original") BOOST_TEST(output.starts_with(kTensors), output);
  BOOST_TEST(output.ends_with("output.weight [10, 20] \n" + corrected.out), output);

  // What export makes of it, in two bytes a weight.
  const std::string exported = place.at("exported.safetensors");
  const Ended made =
      run_seq2seq({"export", "--run", place.at("run"), "--weights", "newest", "--output", exported});
  BOOST_TEST_REQUIRE(made.status == 0, made.err);
  const Ended by_exported = run_seq2seq({"correct", "--model", exported, place.at("lines")});
  BOOST_TEST_REQUIRE(by_exported.status == 0, by_exported.err);
  const auto [status_of_exported, output_of_exported] =
      python(fmt::format("{} {} <{}", SCRIPT, exported, place.at("lines")));
  BOOST_TEST_REQUIRE(status_of_exported == 0);
  BOOST_TEST(output_of_exported.ends_with("output.weight [10, 20] \n" + by_exported.out), output_of_exported);
  BOOST_TEST(std::filesystem::file_size(exported) <
             std::filesystem::file_size(place / "run/model.safetensors"));

  std::set<std::string> distinct;  // or else the comparison would say little
  std::istringstream outputs(corrected.out);
  for (std::string line; std::getline(outputs, line);) distinct.insert(line);
  BOOST_TEST(distinct.size() > 50u);
}

BOOST_AUTO_TEST_CASE(python_opens_a_finished_run_and_decodes_as_correct_does) { check("original"); }
BOOST_AUTO_TEST_CASE(with_attention_too) { check("attention"); }

}  // namespace favras::test

int main(int argc, char** argv) {
  if (!std::getenv("FAVRAS_PYTHON") ||
      favras::test::python("-c 'import numpy, safetensors' 2>/dev/null").first != 0) {
    std::puts("skipped: FAVRAS_PYTHON names no Python that has safetensors and numpy");
    return favras::test::kSkipped;
  }
  return boost::unit_test::unit_test_main(&init_unit_test, argc, argv);
}
