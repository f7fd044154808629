// Modules: the parameters they declare, and the operation they feed with them.
#include "engine/modules.h"

#include <cmath>

#include <boost/test/unit_test.hpp>

#include "engine/ops/embedding.h"
#include "engine/ops/linear.h"
#include "tests/engine/engine_test_support.h"
#include "tests/support/gradcheck.h"

using namespace favras;
using namespace favras::test;

BOOST_TEST_GLOBAL_FIXTURE(OneThread);

namespace {

constexpr auto kPerElement = boost::test_tools::per_element();

std::string declared(const ParameterArena& arena) {
  std::string list;
  for (const Parameter& parameter : arena.parameters())
    list += parameter.name + " " + to_string(parameter.variable.value().shape()) + "\n";
  return list;
}

std::vector<double> values(const Variable& variable) { return variable.value().to_host<double>(); }

// Within five standard errors of a normal's.
void check_deviation(const Variable& parameter, double deviation) {
  double squares = 0.0;
  for (const double value : values(parameter)) squares += value * value;
  const auto size = static_cast<double>(parameter.value().elements());
  BOOST_TEST(std::abs(std::sqrt(squares / size) / deviation - 1.0) < 5 / std::sqrt(2 * size));
}

}  // namespace

FAVRAS_DEVICE_TEST_CASE(an_embedding_is_the_rows_of_its_weight) {
  ParameterArena arena(DType::kFloat64, device);
  const Embedding module(arena, "letters", 5, 400);
  arena.allocate(1);
  BOOST_TEST(declared(arena) == "letters.weight [5, 400]\n");
  BOOST_TEST(module.weight().value().raw() == arena.at("letters.weight").value().raw());
  const Tensor ids = Tensor::from(std::vector<std::int32_t>{4, 0, 4}, {3, 1}, device);
  BOOST_TEST(values(module(ids)) == values(embedding(module.weight(), ids)), kPerElement);
  const std::vector<double> weight = values(module.weight());
  const auto [low, high] = std::ranges::minmax(weight);
  BOOST_TEST((low > -1.0 && low < -0.98 && high < 1.0 && high > 0.98));
}

FAVRAS_DEVICE_TEST_CASE(a_linear_module_starts_small_and_unbiased) {
  ParameterArena arena(DType::kFloat64, device);
  const Linear module(arena, "output", 300, 7);
  arena.allocate(1);
  BOOST_TEST(declared(arena) == "output.weight [7, 300]\noutput.bias [7]\n");
  BOOST_TEST(values(arena.at("output.bias")) == std::vector<double>(7), kPerElement);
  const std::vector<double> weight = values(arena.at("output.weight"));
  const auto [low, high] = std::ranges::minmax(weight);
  BOOST_TEST((low >= -0.2 && low < -0.18 && high <= 0.2 && high > 0.18));

  const double five = 5.0;
  arena.at("output.bias").value().view(2, {1}).copy_from_host(&five, sizeof five);
  const Variable x(moved(random_tensor({2, 300}, 1), device));
  BOOST_TEST(values(module(x)) == values(linear(x, arena.at("output.weight"), arena.at("output.bias"))),
             kPerElement);
}

FAVRAS_DEVICE_TEST_CASE(an_lstm_declares_three_parameters_a_layer) {
  constexpr std::int64_t kInputs = 3, kHidden = 40;
  ParameterArena arena(DType::kFloat64, device);
  const Lstm module(arena, "encoder", kInputs, kHidden, 2);
  arena.allocate(1);
  BOOST_TEST(declared(arena) ==
             "encoder.weight_ih_l0 [160, 3]\nencoder.weight_hh_l0 [160, 40]\nencoder.bias_ih_l0 [160]\n"
             "encoder.weight_ih_l1 [160, 40]\nencoder.weight_hh_l1 [160, 40]\nencoder.bias_ih_l1 [160]\n");
  for (const auto& [layer, inputs] : {std::pair("0", kInputs), std::pair("1", kHidden)}) {
    const double deviation = std::sqrt(2.0 / static_cast<double>(inputs + kHidden));
    for (const char* name : {"encoder.weight_ih_l", "encoder.weight_hh_l"})
      check_deviation(arena.at(std::string(name) + layer), deviation);
    const std::vector<double> bias = values(arena.at(std::string("encoder.bias_ih_l") + layer));
    for (std::int64_t i = 0; i < 4 * kHidden; ++i) BOOST_TEST(bias[i] == (i / kHidden == 1 ? 1.0 : 0.0));
  }

  const std::vector<LstmParameters> layers = module.layers();
  BOOST_REQUIRE(layers.size() == 2u);
  BOOST_TEST(layers[1].weight_ih.value().raw() == arena.at("encoder.weight_ih_l1").value().raw());
  BOOST_TEST(layers[1].weight_hh.value().raw() == arena.at("encoder.weight_hh_l1").value().raw());
  BOOST_TEST(layers[1].bias.value().raw() == arena.at("encoder.bias_ih_l1").value().raw());

  const LstmInput input{.sequence = Variable(moved(random_tensor({4, 2, kInputs}, 1), device))};
  const Tensor lengths = Tensor::from(std::vector<std::int32_t>{4, 2}, {2}, device);
  const LstmStates initial{Variable(moved(random_tensor({2, 2, kHidden}, 2), device)),
                           Variable(moved(random_tensor({2, 2, kHidden}, 3), device))};
  const LstmOptions options{.outputs = LstmOutputs::kAll, .reverse = true};
  const LstmResult result = module(input, lengths, initial, options);
  const LstmResult expected = lstm(input, lengths, layers, initial, options);
  BOOST_REQUIRE(result.outputs.size() == 2u);
  for (std::size_t l = 0; l < 2; ++l)
    BOOST_TEST(values(result.outputs[l]) == values(expected.outputs[l]), kPerElement);
  BOOST_TEST(values(result.final.hidden) == values(expected.final.hidden), kPerElement);
  BOOST_TEST(values(result.final.cell) == values(expected.final.cell), kPerElement);
}

BOOST_AUTO_TEST_CASE(modules_of_one_prefix_do_not_share_silently) {
  ParameterArena arena;
  const Linear first(arena, "output", 3, 2);
  BOOST_TEST(message_of<std::logic_error>([&] { Linear(arena, "output", 3, 2); }) ==
             "parameter output.weight declared twice");
}

// Each way by itself, and the next layer on both.
FAVRAS_DEVICE_TEST_CASE(a_bidirectional_lstm_is_two_side_by_side) {
  ParameterArena arena(DType::kFloat64, device);
  const BidirectionalLstm module(arena, "encoder", 3, 8, 2);
  arena.allocate(1);
  BOOST_TEST(declared(arena) ==
             "encoder.weight_ih_l0 [16, 3]\nencoder.weight_hh_l0 [16, 4]\nencoder.bias_ih_l0 [16]\n"
             "encoder.weight_ih_l0_reverse [16, 3]\nencoder.weight_hh_l0_reverse [16, 4]\n"
             "encoder.bias_ih_l0_reverse [16]\n"
             "encoder.weight_ih_l1 [16, 8]\nencoder.weight_hh_l1 [16, 4]\nencoder.bias_ih_l1 [16]\n"
             "encoder.weight_ih_l1_reverse [16, 8]\nencoder.weight_hh_l1_reverse [16, 4]\n"
             "encoder.bias_ih_l1_reverse [16]\n");
  const Tensor lengths = Tensor::from(std::vector<std::int32_t>{5, 2}, {2}, device);
  const Variable x(moved(random_tensor({5, 2, 3}, 1), device));
  const LstmResult both = module({.sequence = x}, lengths, {});

  const auto alone = [&](const Variable& input, const std::string& layer, bool reverse) {
    const std::string end = layer + (reverse ? "_reverse" : "");
    return lstm({.sequence = input}, lengths,
                std::vector<LstmParameters>{{arena.at("encoder.weight_ih_l" + end),
                                             arena.at("encoder.weight_hh_l" + end),
                                             arena.at("encoder.bias_ih_l" + end)}},
                {}, {.reverse = reverse});
  };
  // [..., 4] and [..., 4] -> [..., 8], on the host
  const auto beside = [](const Tensor& first, const Tensor& second) {
    const std::vector<double> a = first.to_host<double>(), b = second.to_host<double>();
    std::vector<double> all;
    for (std::size_t i = 0; i < a.size(); i += 4) {
      all.insert(all.end(), a.begin() + static_cast<std::ptrdiff_t>(i),
                 a.begin() + static_cast<std::ptrdiff_t>(i + 4));
      all.insert(all.end(), b.begin() + static_cast<std::ptrdiff_t>(i),
                 b.begin() + static_cast<std::ptrdiff_t>(i + 4));
    }
    return all;
  };
  const LstmResult there = alone(x, "0", false), back = alone(x, "0", true);
  const Variable between(
      Tensor::from(beside(there.outputs[0].value(), back.outputs[0].value()), {5, 2, 8}, device));
  const LstmResult on = alone(between, "1", false), off = alone(between, "1", true);
  BOOST_TEST(values(both.outputs[0]) == beside(on.outputs[0].value(), off.outputs[0].value()), kPerElement);
  std::vector<double> hidden = beside(there.final.hidden.value(), back.final.hidden.value());
  const std::vector<double> above = beside(on.final.hidden.value(), off.final.hidden.value());
  hidden.insert(hidden.end(), above.begin(), above.end());
  BOOST_TEST(values(both.final.hidden) == hidden, kPerElement);
  BOOST_TEST(to_string(both.final.cell.value().shape()) == "[2, 2, 8]");
}
