// The average of an arena's values, and its use in their place.
#include "engine/weight_average.h"

#include <boost/test/unit_test.hpp>

#include "tests/engine/engine_test_support.h"
#include "tests/support/devices.h"
#include "tests/support/numbers.h"

using namespace favras;
using namespace favras::test;

namespace {

constexpr auto kPerElement = boost::test_tools::per_element();

ParameterArena arena_on(Device device, DType dtype = DType::kFloat32) {
  ParameterArena arena(dtype, device);
  arena.declare("matrix", {3, 11}, constant(1.0));
  arena.allocate(1);
  return arena;
}

void set_all(ParameterArena& arena, float value) {
  Tensor values = arena.values();
  const std::vector<float> all(static_cast<std::size_t>(values.elements()), value);
  values.copy_from_host(all.data(), values.bytes());
  arena.refresh_copies();
}

}  // namespace

FAVRAS_DEVICE_TEST_CASE(it_follows_the_values_and_takes_their_place) {
  ParameterArena arena = arena_on(device);
  WeightAverage average(arena, 0.5);
  DeviceStepState state(device);
  for (const auto& [step, value] : {std::pair(1, 8.0f), {2, 4.0f}, {3, 0.0f}}) {
    set_all(arena, value);
    state.set({.step = static_cast<std::uint64_t>(step)});
    average.update(state);
  }
  const std::vector<float> three(33, 3.0f), zero(33, 0.0f);  // (8 + 4) / 2, then half of it and of 0
  const auto in_use = [&] { return arena.values().view(0, {33}).to_host<float>(); };
  BOOST_TEST(average.values().view(0, {33}).to_host<float>() == three, kPerElement);
  BOOST_TEST(in_use() == zero, kPerElement);
  average.use([&] { BOOST_TEST(in_use() == three, kPerElement); });
  BOOST_TEST(in_use() == zero, kPerElement);
  BOOST_CHECK_THROW(average.use([] { throw std::runtime_error("interrupted"); }), std::runtime_error);
  BOOST_TEST(in_use() == zero, kPerElement);
  average.restart();
  average.use([&] { BOOST_TEST(in_use() == zero, kPerElement); });
}

// What operations read follows.
FAVRAS_DEVICE_TEST_CASE(copies_in_bfloat16_follow) {
  if (device.kind == DeviceKind::kCuda && !cuda_devices()[0].has_bfloat16()) return;
  ParameterArena arena = arena_on(device, DType::kBfloat16);
  WeightAverage average(arena, 0.5);
  set_all(arena, 2.0f);
  const auto in_use = [&] { return float(arena.copies().to_host<bfloat16>()[0]); };
  average.use([&] { BOOST_TEST(in_use() == 1.0f); });
  BOOST_TEST(in_use() == 2.0f);
}

BOOST_AUTO_TEST_CASE(without_a_decay_there_is_none) {
  ParameterArena arena = arena_on(kCpu);
  WeightAverage none(arena, 0.0);
  DeviceStepState state(kCpu);
  none.update(state);
  none.restart();
  BOOST_TEST(!none.exists());
  BOOST_TEST(!none.values());
  bool called = false;
  none.use([&] { called = true; });
  BOOST_TEST(called);
  for (const double decay : {-0.1, 1.0, static_cast<double>(NAN)})
    BOOST_CHECK_THROW(WeightAverage(arena, decay), std::invalid_argument);
}
