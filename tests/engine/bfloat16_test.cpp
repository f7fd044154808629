// Operations and parameters in bfloat16, on devices that have it, against the same in double: the oracle
// takes the rounded operands and rounds what passes between operations, so that what is left is the device's
// own.
#include <boost/test/unit_test.hpp>

#include "engine/adam.h"
#include "engine/ops/attention.h"
#include "engine/ops/dropout.h"
#include "engine/ops/embedding.h"
#include "engine/ops/linear.h"
#include "engine/ops/lstm.h"
#include "engine/ops/softmax_cross_entropy.h"
#include "engine/precision.h"
#include "tests/engine/engine_test_support.h"
#include "tests/support/composed_lstm.h"
#include "tests/support/gradcheck.h"
#include "tests/support/numbers.h"

using namespace favras;
using namespace favras::test;

BOOST_TEST_GLOBAL_FIXTURE(OneThread);

namespace {

// Relative to the largest number of a tensor. One rounding to 8 bits of fraction is 2^-9.
constexpr double kStored = 0x1p-8;  // what was stored in bfloat16 once
constexpr double kSummed = 1e-5;    // a sum in float over exact products
constexpr double kLstm = 0x1p-6;    // through all the steps of an LSTM

// A CPU that does not offer it computes it all the same, in float.
std::vector<Device> devices_with_bfloat16() {
  std::vector<Device> devices = devices_under_test();
  std::erase_if(devices, [](Device d) {
    return d.kind != DeviceKind::kCpu && offered(d, Precision::kBfloat16) != Precision::kBfloat16;
  });
  return devices;
}

std::vector<bfloat16> narrowed(const std::vector<double>& wide) {
  std::vector<bfloat16> narrow;
  for (const double number : wide) narrow.emplace_back(static_cast<float>(number));
  return narrow;
}

// Of float32 or bfloat16 anywhere, in double on the CPU.
Tensor widened(const Tensor& x) {
  std::vector<double> wide;
  if (x.dtype() == DType::kBfloat16)
    for (const bfloat16 number : x.to_host<bfloat16>()) wide.push_back(float(number));
  else
    for (const float number : x.to_host<float>()) wide.push_back(number);
  return Tensor::from(wide, x.shape());
}

Tensor stored(const Tensor& x, DType dtype, Device device) {
  const std::vector<double> wide = x.to_host<double>();
  if (dtype == DType::kBfloat16) return Tensor::from(narrowed(wide), x.shape(), device);
  return Tensor::from(std::vector<float>(wide.begin(), wide.end()), x.shape(), device);
}

Tensor rounded(const Tensor& x) { return widened(stored(x, DType::kBfloat16, kCpu)); }

// A device's output for the oracle's loss, and back its gradient in the output's own type.
Variable widened(const Variable& y) {
  return record({widened(y.value())}, {y}, [y](std::span<const Tensor> dy) {
    y.add_gradient(stored(dy[0], y.value().dtype(), y.value().device()));
  })[0];
}

// y itself, but its gradient is rounded as widened() does: the oracle's output.
Variable rounding_back(const Variable& y) {
  return record({y.value()}, {y}, [y](std::span<const Tensor> dy) { y.add_gradient(rounded(dy[0])); })[0];
}

// As an arena has it: in bfloat16, its gradient in full.
Variable parameter(const Tensor& x, Device device) {
  return Variable(stored(x, DType::kBfloat16, device), Tensor::zeros(x.shape(), DType::kFloat32, device));
}
Variable activation(const Tensor& x, Device device) {
  return Variable(stored(x, DType::kBfloat16, device), true);
}

Tensor random_rounded(Shape shape, unsigned seed, double scale = 1.0) {
  return rounded(random_tensor(std::move(shape), seed, scale));
}

// The largest difference over the largest number.
double error_of(const Tensor& actual, const Tensor& expected) {
  BOOST_REQUIRE(actual.shape() == expected.shape());
  const std::vector<double> x = widened(actual).to_host<double>(), y = expected.to_host<double>();
  double largest = 0.0, difference = 0.0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    largest = std::max(largest, std::abs(y[i]));
    if (!(std::abs(x[i] - y[i]) <= difference))
      difference = std::isnan(x[i]) ? INFINITY : std::abs(x[i] - y[i]);
  }
  return difference == 0.0 ? 0.0 : difference / largest;
}

bool narrow_is_the_value_rounded(const ParameterArena& arena) {
  std::vector<bfloat16> expected;
  for (const float value : arena.values().to_host<float>()) expected.emplace_back(value);
  return same_bits(arena.copies().to_host<bfloat16>(), expected);
}

ParameterArena arena_of_two(Device device, DType dtype) {
  ParameterArena arena(dtype, device);
  arena.declare("matrix", {3, 11}, normal(1.0));
  arena.declare("vector", {5}, normal(1.0));
  arena.allocate(1);
  return arena;
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_arena_keeps_values_in_full_and_hands_out_copies) {
  for (const Device device : devices_with_bfloat16()) {
    const ParameterArena arena = arena_of_two(device, DType::kBfloat16);
    BOOST_TEST((arena.dtype() == DType::kFloat32));
    BOOST_TEST(same_bits(arena.values().to_host<float>(),
                         arena_of_two(device, DType::kFloat32).values().to_host<float>()));
    BOOST_TEST(narrow_is_the_value_rounded(arena));
    for (const Parameter& parameter : arena.parameters()) {
      BOOST_TEST((parameter.value.dtype() == DType::kFloat32));
      BOOST_TEST((parameter.variable.value().dtype() == DType::kBfloat16));
      BOOST_TEST((parameter.variable.gradient().dtype() == DType::kFloat32));
      BOOST_TEST(parameter.variable.value().shape() == parameter.value.shape(),
                 boost::test_tools::per_element());
      BOOST_TEST(error_of(parameter.variable.value(), widened(parameter.value)) <= kStored);
    }
  }
}

BOOST_AUTO_TEST_CASE(copies_follow_values_that_were_written) {
  for (const Device device : devices_with_bfloat16()) {
    ParameterArena arena = arena_of_two(device, DType::kBfloat16);
    const std::vector<float> loaded(33, 1.2345f);
    Tensor value = arena.parameters()[0].value;
    value.copy_from_host(loaded.data(), value.bytes());
    BOOST_TEST(!narrow_is_the_value_rounded(arena));
    arena.refresh_copies();
    BOOST_TEST(narrow_is_the_value_rounded(arena));
  }
}

BOOST_AUTO_TEST_CASE(the_optimizer_updates_values_in_full_and_their_copies) {
  for (const Device device : devices_with_bfloat16()) {
    ParameterArena narrow = arena_of_two(device, DType::kBfloat16),
                   full = arena_of_two(device, DType::kFloat32);
    Adam narrow_adam(narrow, {}), full_adam(full, {});
    DeviceStepState state(device);
    for (unsigned t = 1; t <= 3; ++t) {
      state.set({.step = t, .learning_rate = 0.001f});
      const Tensor drawn = stored(random_tensor({narrow.size()}, t), DType::kFloat32, kCpu);
      for (const ParameterArena* const arena : {&narrow, &full}) {
        Tensor gradients = arena->gradients();
        gradients.copy_from_host(drawn.raw(), drawn.bytes());
      }
      narrow_adam.step(state);
      full_adam.step(state);
      BOOST_TEST(same_bits(narrow.values().to_host<float>(), full.values().to_host<float>()));
      BOOST_TEST(narrow_is_the_value_rounded(narrow));
    }
  }
}

BOOST_AUTO_TEST_CASE(linear_agrees_with_double) {
  for (const Device device : devices_with_bfloat16())
    for (const auto& [rows, inputs, outputs] : {std::array{1, 1, 1}, {5, 33, 7}, {31, 8, 40}})
      BOOST_TEST_CONTEXT(rows << " x " << inputs << " x " << outputs) {
        const Tensor x = random_rounded({rows, inputs}, 1), weight = random_rounded({outputs, inputs}, 2),
                     bias = random_rounded({outputs}, 3);
        const Variable x16 = activation(x, device), weight16 = parameter(weight, device),
                       bias16 = parameter(bias, device);
        const Variable y16 = linear(x16, weight16, bias16);
        backward(weighted_sum({widened(y16)}, 1));
        const Variable x64(x, true), weight64(weight, true), bias64(bias, true);
        const Variable y64 = linear(x64, weight64, bias64);
        backward(weighted_sum({rounding_back(y64)}, 1));
        BOOST_TEST((y16.value().dtype() == DType::kBfloat16));
        BOOST_TEST(error_of(y16.value(), y64.value()) < 2 * kStored);  // the product is, then the sum
        BOOST_TEST(error_of(x16.gradient(), x64.gradient()) < kStored);
        BOOST_TEST(error_of(weight16.gradient(), weight64.gradient()) < kSummed);
        BOOST_TEST(error_of(bias16.gradient(), bias64.gradient()) < kSummed);
      }
}

BOOST_AUTO_TEST_CASE(embedding_gives_rows_to_the_bit_and_sums_gradients_in_full) {
  for (const Device device : devices_with_bfloat16()) {
    const Tensor table = random_rounded({9, 33}, 1);
    std::vector<std::int32_t> numbers = random_ids(300, 8, 2);  // rows come up often
    const Tensor ids = Tensor::from(numbers, {300});
    const Variable table16 = parameter(table, device), table64(table, true);
    const Variable y16 = embedding(table16, moved(ids, device)), y64 = embedding(table64, ids);
    backward(weighted_sum({widened(y16)}, 1));
    backward(weighted_sum({rounding_back(y64)}, 1));
    BOOST_TEST(error_of(y16.value(), y64.value()) == 0.0);
    BOOST_TEST(error_of(table16.gradient(), table64.gradient()) < kSummed);
  }
}

BOOST_AUTO_TEST_CASE(dropout_has_the_mask_of_double) {
  for (const Device device : devices_with_bfloat16()) {
    const Tensor x = random_rounded({7, 33}, 1);
    DeviceStepState there(device), here;
    for (DeviceStepState* const state : {&there, &here}) state->set({.seed = 5, .step = 2});
    const auto dropped = [](const Variable& v, const DeviceStepState& state) {
      return dropout(v, {.keep = 0.7f, .stream = 3, .state = state.pointer()});
    };
    const Variable x16 = activation(x, device), x64(x, true);
    const Variable y16 = dropped(x16, there), y64 = dropped(x64, here);
    backward(weighted_sum({widened(y16)}, 1));
    backward(weighted_sum({rounding_back(y64)}, 1));
    BOOST_TEST(error_of(y16.value(), y64.value()) < kStored);
    BOOST_TEST(error_of(x16.gradient(), x64.gradient()) < kStored);
  }
}

BOOST_AUTO_TEST_CASE(attention_agrees_with_double) {
  for (const Device device : devices_with_bfloat16()) {
    const Tensor query = random_rounded({9, 3, 33}, 1, 0.2), memory = random_rounded({17, 3, 33}, 2);
    const Tensor memory_lengths = Tensor::from(std::vector<std::int32_t>{17, 0, 5}, {3}),
                 query_lengths = Tensor::from(std::vector<std::int32_t>{9, 4, 7}, {3});
    const Variable query16 = activation(query, device), memory16 = activation(memory, device);
    const Variable y16 =
        attention(query16, memory16, moved(memory_lengths, device), moved(query_lengths, device));
    backward(weighted_sum({widened(y16)}, 1));
    const Variable query64(query, true), memory64(memory, true);
    const Variable y64 = attention(query64, memory64, memory_lengths, query_lengths);
    backward(weighted_sum({rounding_back(y64)}, 1));
    BOOST_TEST((y16.value().dtype() == DType::kBfloat16));
    BOOST_TEST(error_of(y16.value(), y64.value()) < kStored);
    // CUDA's backward reads the context as it was stored.
    const double tolerance = device.kind == DeviceKind::kCpu ? kStored : 4 * kStored;
    BOOST_TEST(error_of(query16.gradient(), query64.gradient()) < tolerance);
    BOOST_TEST(error_of(memory16.gradient(), memory64.gradient()) < tolerance);
  }
}

BOOST_AUTO_TEST_CASE(the_loss_is_in_full_and_its_gradient_stored) {
  for (const Device device : devices_with_bfloat16())
    for (const std::int64_t vocabulary : {2, 80, 1001}) BOOST_TEST_CONTEXT("vocabulary " << vocabulary) {
        const Tensor logits = random_rounded({6, vocabulary}, 1, 3.0);
        std::vector<std::int32_t> numbers =
            random_ids(6, static_cast<std::int32_t>(vocabulary), static_cast<unsigned>(vocabulary));
        numbers[2] = -1;
        const Tensor targets = Tensor::from(numbers, {6});
        const Variable logits16 = activation(logits, device), logits64(logits, true);
        const Loss loss16 = softmax_cross_entropy(logits16, moved(targets, device), -1);
        const Loss loss64 = softmax_cross_entropy(scaled(logits64, 1.0), targets, -1);
        BOOST_TEST((loss16.mean.value().dtype() == DType::kFloat32));
        BOOST_TEST(error_of(loss16.mean.value(), loss64.mean.value()) < kSummed);
        BOOST_TEST(error_of(loss16.sum, loss64.sum) < kSummed);
        BOOST_TEST(error_of(loss16.count, loss64.count) == 0.0);
        backward(loss16.mean);
        backward(loss64.mean);
        BOOST_TEST(error_of(logits16.gradient(), logits64.gradient()) < kStored);
      }
}

namespace {

// A reversed or an ordinary stack of two layers with dropout, of ids or of a sequence.
struct LstmCase {
  bool ids, reverse;
  std::int64_t time = 5, hidden = 8;
};

struct LstmRun {
  explicit LstmRun(Device where) : device(where), state(where) { state.set({.seed = 99, .step = 7}); }
  Device device;
  DeviceStepState state;          // backward reads it, too
  std::vector<Variable> inputs;   // sequence or table, initial states, then each layer's
  std::vector<Variable> outputs;  // each layer's, then the final states
};

constexpr std::int64_t kBatch = 4, kInputs = 6;

std::vector<Tensor> lstm_inputs(const LstmCase& c) {
  std::vector<Tensor> inputs{
      c.ids ? random_rounded({7, kInputs}, 1) : random_rounded({c.time, kBatch, kInputs}, 1),
      random_rounded({2, kBatch, c.hidden}, 2, 0.5), random_rounded({2, kBatch, c.hidden}, 3, 0.5)};
  for (const std::int64_t size : {kInputs, c.hidden}) {
    const auto seed = static_cast<unsigned>(10 * size);
    inputs.push_back(random_rounded({4 * c.hidden, size}, seed, 0.4));
    inputs.push_back(random_rounded({4 * c.hidden, c.hidden}, seed + 1, 0.4));
    inputs.push_back(random_rounded({4 * c.hidden}, seed + 2, 0.4));
  }
  return inputs;
}

void run_lstm(LstmRun& run, const LstmCase& c, decltype(&lstm) implementation) {
  const std::vector<Variable>& v = run.inputs;
  LstmInput input;
  (c.ids ? input.embedding : input.sequence) = v[0];
  if (c.ids) input.ids = Tensor::from(random_ids(c.time * kBatch, 7, 4), {c.time, kBatch}, run.device);
  const Tensor lengths = Tensor::from(std::vector<std::int32_t>{static_cast<std::int32_t>(c.time), 0, 3, 1},
                                      {kBatch}, run.device);
  const LstmResult result = implementation(
      input, lengths, std::vector<LstmParameters>{{v[3], v[4], v[5]}, {v[6], v[7], v[8]}}, {v[1], v[2]},
      {.outputs = LstmOutputs::kAll,
       .dropout = {.keep = 0.7f, .stream = 9, .state = run.state.pointer()},
       .reverse = c.reverse});
  run.outputs = result.outputs;
  run.outputs.insert(run.outputs.end(), {result.final.hidden, result.final.cell});
}

void check_lstm(const LstmCase& c, Device device) {
  LstmRun run16(device), run64(kCpu);
  const std::vector<Tensor> inputs = lstm_inputs(c);
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    run64.inputs.emplace_back(inputs[k], true);
    if (k == 1 || k == 2)  // states are in full
      run16.inputs.emplace_back(stored(inputs[k], DType::kFloat32, device), true);
    else if (k == 0 && !c.ids)
      run16.inputs.push_back(activation(inputs[k], device));
    else
      run16.inputs.push_back(parameter(inputs[k], device));
  }
  run_lstm(run16, c, &lstm);
  run_lstm(run64, c, &composed_lstm);
  std::vector<Variable> wide;
  for (const Variable& output : run16.outputs) wide.push_back(widened(output));
  backward(weighted_sum(wide, 3));
  backward(weighted_sum(run64.outputs, 3));
  for (std::size_t k = 0; k < run16.outputs.size(); ++k) BOOST_TEST_CONTEXT("output " << k) {
      BOOST_TEST((run16.outputs[k].value().dtype() == (k < 2 ? DType::kBfloat16 : DType::kFloat32)));
      BOOST_TEST(error_of(run16.outputs[k].value(), run64.outputs[k].value()) < kLstm);
    }
  for (std::size_t k = 0; k < inputs.size(); ++k) BOOST_TEST_CONTEXT("gradient " << k) {
      BOOST_TEST(error_of(run16.inputs[k].gradient(), run64.inputs[k].gradient()) < kLstm);
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(lstm_agrees_with_double) {
  for (const Device device : devices_with_bfloat16())
    for (const bool ids : {false, true})
      for (const bool reverse : {false, true})
        BOOST_TEST_CONTEXT((ids ? "ids" : "sequence") << (reverse ? " reverse" : "")) {
          check_lstm({ids, reverse}, device);
          check_lstm({ids, reverse, 3, 33}, device);
        }
}
