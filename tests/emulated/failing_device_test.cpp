// Devices that fail, have no room or cannot be used, as only real ones otherwise do.
#include <cuda_runtime.h>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "engine/allocator.h"
#include "engine/replay.h"
#include "engine/weight_average.h"
#include "tests/engine/engine_test_support.h"
#include "tests/simt/memory.h"
#include "tests/simt/options.h"

namespace favras::test {

namespace {

constexpr Device kCuda{DeviceKind::kCuda, 0};

// What is said of what happens, at the latest when the last destructor has run, to a device that fails
// meanwhile.
template <class Happens>
std::string failure_of(const Happens& happens) {
  const std::string message = message_of<std::runtime_error>(happens);
  simt::options().failed = false;
  return message;
}

const std::string kLaunchFailure = "cudaErrorLaunchFailure, unspecified launch failure";

simt::Options with_driver_error(cudaError_t error) {
  simt::Options options;
  options.driver_error = error;
  return options;
}

// Work that adds one to a number on the device.
struct Counter {
  std::vector<Tensor> operator()() const {
    total.add_gradient(one);
    return {total.gradient()};
  }
  float number() const { return total.gradient().to_host<float>()[0]; }

  Tensor one = Tensor::from(std::vector<float>{1.0f}, {1}, kCuda);
  Variable total{one, Tensor::zeros({1}, DType::kFloat32, kCuda)};  // its gradient is the number
};

}  // namespace

// Otherwise the program would end by std::terminate, and nobody would be told why.
BOOST_AUTO_TEST_CASE(graphs_end_quietly_on_a_device_that_has_failed) {
  const Counter counter;
  BOOST_TEST(failure_of([&] {
               Replay replay(kCuda);
               for (int i = 0; i < 3; ++i) replay.run({1}, counter);
               BOOST_TEST(replay.graphs() == 1u);
               simt::options().failed = true;
               replay.run({1}, counter)[0].to_host<float>();
             }).ends_with(kLaunchFailure));
  Replay replay(kCuda);
  replay.run({1}, counter);  // as after any other
  BOOST_TEST(counter.number() == 5.0f);
}

BOOST_AUTO_TEST_CASE(averaged_weights_let_the_failure_pass) {
  ParameterArena arena(DType::kFloat32, kCuda);
  arena.declare("matrix", {3, 11}, constant(1.0));
  arena.allocate(1);
  WeightAverage average(arena, 0.5);
  BOOST_TEST(failure_of([&] {
               average.use([] {
                 simt::options().failed = true;
                 throw std::runtime_error("the first to notice");
               });
             }) == "the first to notice");
  BOOST_TEST(
      failure_of([&] { average.use([] { simt::options().failed = true; }); }).ends_with(kLaunchFailure));
}

// The driver takes memory for graphs, which no budget knows of.
BOOST_AUTO_TEST_CASE(without_memory_for_graphs_work_is_ordinary) {
  const Counter counter;
  Replay replay(kCuda);
  int works = 0;
  const auto run = [&](std::int64_t key) {
    replay.run({key}, [&] {
      ++works;
      return counter();
    });
  };
  for (int i = 0; i < 3; ++i) run(1);
  BOOST_TEST(replay.graphs() == 1u);
  run(2);
  BOOST_TEST(works == 3);
  {
    simt::Options options;
    options.device.memory = simt::device_bytes_in_use() + 15 * 1024;  // a graph of one kernel, which there is
    const simt::ScopedOptions full(options);
    run(2);  // finds none for its own, and lets go of the other
    BOOST_TEST(replay.graphs() == 0u);
    BOOST_TEST(works == 5);
    for (int i = 0; i < 3; ++i) run(2);
    BOOST_TEST(replay.graphs() == 1u);
    BOOST_TEST(works == 6);
  }
  BOOST_TEST(counter.number() == 8.0f);
  BOOST_TEST(cudaGetLastError() == cudaSuccess);
}

// Otherwise every run would be recorded in vain.
BOOST_AUTO_TEST_CASE(without_memory_for_any_graph_none_is_tried_again) {
  const Counter counter;
  Replay replay(kCuda);
  int works = 0;
  simt::Options options;
  options.device.memory = simt::device_bytes_in_use() + 1024;
  const simt::ScopedOptions full(options);
  for (int i = 0; i < 5; ++i)
    replay.run({1}, [&] {
      ++works;
      return counter();
    });
  BOOST_TEST(works == 6);  // one was tried, and then done
  BOOST_TEST(counter.number() == 5.0f);
}

BOOST_AUTO_TEST_CASE(large_uploads_arrive_and_pin_little) {
  const std::size_t size = (std::size_t{9} << 20) / sizeof(float) + 3;
  std::vector<float> values(size);
  for (std::size_t i = 0; i < size; ++i) values[i] = static_cast<float>(i % 8191);
  for (int i = 0; i < 40; ++i) {
    const Tensor tensor = Tensor::from(values, {static_cast<std::int64_t>(size)}, kCuda);
    if (i % 13 == 0) BOOST_TEST((tensor.to_host<float>() == values));
  }
  BOOST_TEST(simt::pinned_bytes() > std::size_t{4} << 20);
  BOOST_TEST(simt::pinned_bytes() <= std::size_t{128} << 20);
}

BOOST_AUTO_TEST_CASE(a_driver_that_offers_no_device_says_why) {
  BOOST_TEST(cuda_problem() == "");
  const simt::ScopedOptions options(with_driver_error(cudaErrorSystemNotReady));
  BOOST_TEST(cuda_devices().empty());
  const std::string problem = "cudaErrorSystemNotReady, system not yet initialized (the driver is of CUDA ";
  BOOST_TEST(cuda_problem().starts_with(problem));
  BOOST_TEST((parse_device("auto") == Device{}));
  BOOST_TEST((parse_device("cpu") == Device{}));
  BOOST_TEST(message_of<std::invalid_argument>([] {
               parse_device("cuda");
             }).starts_with("no CUDA device can be used: " + problem));
}

}  // namespace favras::test
