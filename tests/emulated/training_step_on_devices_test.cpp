// A training step of small models on the emulated device beside the CPU: loss, every gradient, and the
// parameters after Adam.
#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/data/vocabulary.h"
#include "apps/seq2seq/model/model.h"
#include "engine/adam.h"

using namespace favras;
using namespace favras::seq2seq;

namespace {

constexpr Device kCpu{}, kCuda{DeviceKind::kCuda, 0};

struct Case {
  const char* name;
  ModelConfiguration model;
  std::int64_t rows, lines, longest;
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

const Case kCases[] = {
    {"smallest",
     {.vocabulary = 5,
      .rnn_size = 1,
      .num_layers = 1,
      .encoding_embedding_size = 1,
      .decoding_embedding_size = 1},
     1,
     1,
     1},
    {"odd sizes",
     {.vocabulary = 23,
      .rnn_size = 7,
      .num_layers = 2,
      .encoding_embedding_size = 5,
      .decoding_embedding_size = 3},
     5,
     5,
     6},
    {"rows that fill up",
     {.vocabulary = 30,
      .rnn_size = 24,
      .num_layers = 2,
      .encoding_embedding_size = 12,
      .decoding_embedding_size = 16},
     16,
     13,
     9},
    {"three layers",
     {.vocabulary = 40,
      .rnn_size = 33,
      .num_layers = 3,
      .encoding_embedding_size = 8,
      .decoding_embedding_size = 8},
     9,
     9,
     12},
};

// Lines of 1 to `longest` characters.
HostBatch batch_of(const Case& c) {
  std::mt19937 generator(5);
  const auto lines = [&] {
    std::vector<Ids> all;
    for (std::int64_t i = 0; i < c.lines; ++i) {
      Ids& line = all.emplace_back(1 + generator() % c.longest);
      for (std::int32_t& id : line)
        id = kSpecialTokens + static_cast<std::int32_t>(generator() % (c.model.vocabulary - kSpecialTokens));
    }
    return all;
  };
  const std::vector<Ids> sources = lines(), targets = lines();
  return lay_out(sources, targets, c.rows);
}

std::vector<double> numbers(const Tensor& x) {
  if (x.dtype() == DType::kFloat64) return x.to_host<double>();
  const std::vector<float> values = x.to_host<float>();
  return {values.begin(), values.end()};
}

using Numbers = std::map<std::string, std::vector<double>>;

// One step's numbers by name. T: how the model stores.
Numbers step_on(Device device, const Case& c, DType dtype) {
  Model model(c.model, 3, dtype, device);
  Adam adam(model.parameters(), {.norm_clip = 0.05});
  DeviceStepState state(device);
  state.set({.seed = 9, .step = 1, .learning_rate = 0.001f});
  model.parameters().zero_gradients();
  const Loss loss = model.loss(upload(batch_of(c), device), 0.7f, state);
  backward(loss.mean);
  adam.step(state);
  Numbers result{{"loss", numbers(loss.mean.value())},
                 {"count", numbers(loss.count)},
                 {"gradient's norm", numbers(adam.gradient_norm())}};
  for (const Parameter& parameter : model.parameters().parameters()) {
    result["gradient of " + parameter.name] = numbers(parameter.variable.gradient());
    result["updated " + parameter.name] = numbers(parameter.value);
  }
  return result;
}

// The largest difference, by the largest number. Infinity for a NaN.
double error(const std::vector<double>& a, const std::vector<double>& b) {
  double difference = 0.0, largest = 1e-300;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double d = std::abs(a.at(i) - b[i]);
    difference = std::max(difference, std::isnan(d) ? INFINITY : d);
    largest = std::max(largest, std::abs(b[i]));
  }
  return difference / largest;
}

void check(const Case& c, DType dtype, DType cpu_dtype, double tolerance, const std::string& prefix = "") {
  const Numbers found = step_on(kCuda, c, dtype), expected = step_on(kCpu, c, cpu_dtype);
  BOOST_TEST(found.at("count") == expected.at("count"), boost::test_tools::per_element());
  for (const auto& [name, values] : expected)
    if (name.starts_with(prefix)) BOOST_TEST_CONTEXT(name) {
        BOOST_TEST_REQUIRE(found.at(name).size() == values.size());
        BOOST_TEST(error(found.at(name), values) < tolerance);
      }
}

struct OneThread {
  OneThread() { set_cpu_threads(1); }
};

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(OneThread);

BOOST_DATA_TEST_CASE(in_double, boost::unit_test::data::make(kCases), c) {
  check(c, DType::kFloat64, DType::kFloat64, 1e-12);
}

BOOST_DATA_TEST_CASE(in_float, boost::unit_test::data::make(kCases), c) {
  check(c, DType::kFloat32, DType::kFloat32, 1e-5);
}

// Operands of 8 bits of fraction, through every layer and time step. Adam's first step is the gradient's sign
// and no more, which is another where the gradient is near 0.
BOOST_DATA_TEST_CASE(in_bfloat16, boost::unit_test::data::make(kCases), c) {
  check(c, DType::kBfloat16, DType::kFloat32, 0.002, "loss");
  check(c, DType::kBfloat16, DType::kFloat32, 0.08, "gradient");
}
