// Shapes, element types, shared memory and copies.
#include "engine/tensor.h"

#include <limits>
#include <numeric>

#include <boost/test/unit_test.hpp>

#include "engine/allocator.h"
#include "engine/step_state.h"
#include "tests/engine/engine_test_support.h"

using namespace favras;
using namespace favras::test;

namespace {

constexpr auto kPerElement = boost::test_tools::per_element();

Tensor counted(Shape shape, Device device = kCpu) {  // 0, 1, 2, ...
  std::vector<double> values(static_cast<std::size_t>(element_count(shape)));
  std::iota(values.begin(), values.end(), 0.0);
  return Tensor::from(values, std::move(shape), device);
}

template <class Call>
std::string refused(const Call& call) {
  return message_of<std::invalid_argument>(call);
}

}  // namespace

BOOST_AUTO_TEST_CASE(shapes_are_counted_and_written) {
  BOOST_TEST(element_count({}) == 1);
  BOOST_TEST(element_count({7}) == 7);
  BOOST_TEST(element_count({2, 3, 5}) == 30);
  BOOST_TEST(element_count({2, 0, 5}) == 0);
  BOOST_TEST(to_string(Shape{}) == "[]");
  BOOST_TEST(to_string(Shape{7, 128, 512}) == "[7, 128, 512]");
}

BOOST_AUTO_TEST_CASE(impossible_shapes_are_refused) {
  constexpr std::int64_t kHuge = std::int64_t{1} << 40;
  BOOST_TEST(refused([] { element_count({3, -1}); }) == "negative size in shape [3, -1]");
  BOOST_TEST(refused([] { Tensor({0, -2}, DType::kFloat32); }) == "negative size in shape [0, -2]");
  // 2^80 is 0 in 64 bits.
  BOOST_TEST(refused([] {
               Tensor({kHuge, kHuge}, DType::kFloat32);
             }) == "too many elements in shape [1099511627776, 1099511627776]");
  // 2^61 fit, their bytes do not.
  BOOST_TEST(refused([] {
               Tensor({kHuge, kHuge >> 19}, DType::kFloat64);
             }) == "too many elements in shape [1099511627776, 2097152]");
  BOOST_TEST(element_count({kHuge, 1 << 19}) == std::int64_t{1} << 59);
}

BOOST_AUTO_TEST_CASE(element_types_have_sizes_and_names) {
  const auto check = [](DType dtype, std::size_t size, const char* name) {
    BOOST_TEST(size_of(dtype) == size);
    BOOST_TEST(to_string(dtype) == name);
    BOOST_TEST(Tensor({3, 5}, dtype).bytes() == 15 * size);
  };
  check(DType::kFloat32, 4, "float32");
  check(DType::kFloat64, 8, "float64");
  check(DType::kBfloat16, 2, "bfloat16");
  check(DType::kInt32, 4, "int32");
  check(DType::kByte, 1, "byte");
  BOOST_TEST((kDTypeOf<float> == DType::kFloat32 && kDTypeOf<double> == DType::kFloat64 &&
              kDTypeOf<std::int32_t> == DType::kInt32 && kDTypeOf<std::byte> == DType::kByte));
}

FAVRAS_DEVICE_TEST_CASE(values_go_to_the_device_and_back) {
  const Tensor x = Tensor::from(std::vector<std::int32_t>{1, -2, 3, -4, 5, -6}, {2, 3}, device);
  BOOST_TEST(bool(x));
  BOOST_TEST(x.shape() == (Shape{2, 3}), kPerElement);
  BOOST_TEST(x.size(1) == 3);
  BOOST_TEST(x.elements() == 6);
  BOOST_TEST((x.dtype() == DType::kInt32));
  BOOST_TEST((x.device() == device));
  BOOST_TEST(x.to_host<std::int32_t>() == (std::vector<std::int32_t>{1, -2, 3, -4, 5, -6}), kPerElement);
  BOOST_CHECK_THROW(x.size(2), std::out_of_range);
}

FAVRAS_DEVICE_TEST_CASE(zeroing_clears_all_of_it_and_no_more) {
  Tensor x = counted({4, 33}, device);
  x.view(33, {2, 33}).zero();
  const std::vector<double> values = x.to_host<double>();
  for (std::size_t i = 0; i < values.size(); ++i)
    BOOST_TEST(values[i] == (i >= 33 && i < 99 ? 0.0 : static_cast<double>(i)));
  BOOST_TEST(Tensor::zeros({33}, DType::kFloat32, device).to_host<float>() == std::vector<float>(33),
             kPerElement);
}

FAVRAS_DEVICE_TEST_CASE(copies_and_views_share_memory) {
  Tensor x = counted({3, 4}, device);
  Tensor copy = x, reshaped = x.reshape({2, 6}), viewed = x.view(4, {2, 3}), nested = viewed.view(1, {2});
  BOOST_TEST(reshaped.shape() == (Shape{2, 6}), kPerElement);
  BOOST_TEST(viewed.to_host<double>() == (std::vector<double>{4, 5, 6, 7, 8, 9}), kPerElement);
  BOOST_TEST(nested.to_host<double>() == (std::vector<double>{5, 6}), kPerElement);
  const double sixty = 60.0;
  nested.view(1, {1}).copy_from_host(&sixty, sizeof sixty);
  for (const Tensor& seen : {x, copy, reshaped}) BOOST_TEST(seen.to_host<double>()[6] == 60.0);
  BOOST_TEST(viewed.to_host<double>()[2] == 60.0);
}

FAVRAS_DEVICE_TEST_CASE(memory_lives_as_long_as_its_last_view) {
  const auto in_use = [&] { return CachingAllocator::of(device).statistics().in_use; };
  const std::size_t before = in_use();
  Tensor view;
  {
    const Tensor x = counted({8}, device);
    view = x.view(7, {1});
  }
  BOOST_TEST(in_use() == before + 64);
  BOOST_TEST(view.to_host<double>()[0] == 7.0);
  view = Tensor();
  BOOST_TEST(in_use() == before);
}

BOOST_AUTO_TEST_CASE(views_past_the_end_are_refused) {
  constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max();
  const Tensor x = counted({3, 4});
  BOOST_TEST(refused([&] { x.reshape({3, 5}); }) == "cannot see [3, 4] as [3, 5]");
  BOOST_TEST(refused([&] { x.reshape({11}); }) == "cannot see [3, 4] as [11]");
  BOOST_TEST(refused([&] { x.reshape({-3, -4}); }) == "negative size in shape [-3, -4]");
  BOOST_TEST(refused([&] { x.view(7, {2, 3}); }) == "view of [2, 3] from element 7 passes the end of [3, 4]");
  BOOST_TEST(refused([&] { x.view(-1, {2}); }) == "view of [2] from element -1 passes the end of [3, 4]");
  BOOST_TEST(refused([&] { x.view(13, {0}); }) == "view of [0] from element 13 passes the end of [3, 4]");
  BOOST_TEST(refused([&] { x.view(kFar, {2}); }) ==
             "view of [2] from element 9223372036854775807 passes the end of [3, 4]");
  BOOST_TEST(x.view(6, {2, 3}).data<double>()[5] == 11.0);
  BOOST_TEST(x.view(12, {0}).elements() == 0);
}

BOOST_AUTO_TEST_CASE(other_element_types_are_refused) {
  const Tensor x = counted({3, 4});
  BOOST_TEST(refused([&] { x.data<float>(); }) == "a tensor [3, 4] of float64 was used as float32");
  BOOST_TEST(refused([] { Tensor({2}, DType::kFloat32).data<std::int32_t>(); }) ==
             "a tensor [2] of float32 was used as int32");  // of the same size
  BOOST_TEST(refused([&] { x.to_host<std::int32_t>(); }) == "a tensor [3, 4] of float64 was used as int32");
}

FAVRAS_DEVICE_TEST_CASE(host_copies_of_the_wrong_size_are_refused) {
  Tensor x = counted({3}, device);
  std::vector<double> host(4, -1.0);
  BOOST_TEST(refused([&] { x.copy_from_host(host.data(), 16); }) == "copy of 16 bytes into [3]");
  BOOST_TEST(refused([&] { x.copy_from_host(host.data(), 32); }) == "copy of 32 bytes into [3]");
  BOOST_TEST(refused([&] { x.copy_to_host(host.data(), 32); }) == "copy of 32 bytes from [3]");
  BOOST_TEST(refused([] { Tensor::from(std::vector<float>(5), {2, 3}); }) == "copy of 20 bytes into [2, 3]");
  BOOST_TEST(x.to_host<double>() == (std::vector<double>{0, 1, 2}), kPerElement);
  BOOST_TEST(host == std::vector<double>(4, -1.0), kPerElement);
}

FAVRAS_DEVICE_TEST_CASE(no_elements_are_no_memory_but_a_tensor) {
  const std::size_t before = CachingAllocator::of(device).statistics().in_use;
  Tensor x = Tensor::zeros({4, 0, 3}, DType::kFloat32, device);
  BOOST_TEST(bool(x));
  BOOST_TEST(x.elements() == 0);
  BOOST_TEST(x.bytes() == 0u);
  BOOST_TEST(x.raw() == nullptr);
  BOOST_TEST(x.to_host<float>().empty());
  BOOST_TEST(x.reshape({0}).shape() == Shape{0}, kPerElement);
  BOOST_TEST(CachingAllocator::of(device).statistics().in_use == before);
}

BOOST_AUTO_TEST_CASE(no_tensor_is_false_and_empty) {
  const Tensor none;
  BOOST_TEST(!none);
  BOOST_TEST(none.elements() == 0);
  BOOST_TEST(none.data<double>() == nullptr);
  BOOST_TEST(none.data<std::int32_t>() == nullptr);
  BOOST_TEST(none.to_host<float>().empty());
}

BOOST_AUTO_TEST_CASE(the_step_state_is_what_was_set) {
  DeviceStepState state;
  BOOST_TEST((state.pointer()->seed == 0 && state.pointer()->step == 0));
  const kernels::StepState* const pointer = state.pointer();
  state.set({.seed = 7, .step = std::uint64_t{1} << 40, .learning_rate = 0.25f});
  BOOST_TEST(state.pointer() == pointer);  // a captured graph keeps reading here
  BOOST_TEST(pointer->seed == 7u);
  BOOST_TEST(pointer->step == std::uint64_t{1} << 40);
  BOOST_TEST(pointer->learning_rate == 0.25f);
}

// Uploads do not wait for the device, so what they read may be gone by the time it gets there.
FAVRAS_DEVICE_TEST_CASE(uploads_have_read_their_source_when_they_return) {
  std::vector<Tensor> tensors;
  for (int i = 0; i < 100; ++i) {  // more than are staged at a time
    std::vector<std::int32_t> numbers(33, i);
    tensors.push_back(Tensor::from(numbers, {33}, device));
    std::ranges::fill(numbers, -1);
  }
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(tensors[i].to_host<std::int32_t>() == std::vector<std::int32_t>(33, i), kPerElement);
}
