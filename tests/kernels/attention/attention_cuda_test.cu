// Attention on CUDA against the equations in double and the CPU's kernel.
#include <boost/test/unit_test.hpp>

#include "kernels/attention/attention.h"
#include "tests/kernels/attention/attention_problem.h"
#include "tests/kernels/device_numbers.h"
#include "tests/simt/every_barrier.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

template <class T>
AttentionResult<T> on_cuda(const AttentionProblem<T>& p, std::size_t shift = 0, const Wanted& wanted = {}) {
  using A = Accumulate<T>;
  AttentionResult<T> result(p);
  const DeviceNumbers<std::int32_t> memory_lengths(p.memory_lengths), query_lengths(p.query_lengths);
  const DeviceNumbers<T> query(p.query, shift), memory(p.memory, shift), d_given(p.d_context, shift);
  const DeviceNumbers<T> context(result.context, shift), d_query(result.d_query, shift),
      d_memory(result.d_memory, shift);
  const DeviceNumbers<A> log_sum_exp(result.log_sum_exp), weights(result.weights),
      workspace(result.log_sum_exp);
  cuda::Context device;
  const AttentionInput<T> input{.target = p.target,
                                .batch = p.batch,
                                .source = p.source,
                                .size = p.size,
                                .memory_lengths = memory_lengths.data(),
                                .query_lengths = p.query_lengths.empty() ? nullptr : query_lengths.data(),
                                .query = query.data(),
                                .memory = memory.data()};
  attention_forward(device, AttentionForward<T>{.input = input,
                                                .context = context.data(),
                                                .log_sum_exp = log_sum_exp.data(),
                                                .weights = wanted.weights ? weights.data() : nullptr});
  attention_backward(device, AttentionBackward<T>{.input = input,
                                                  .context = context.data(),
                                                  .log_sum_exp = log_sum_exp.data(),
                                                  .d_context = d_given.data(),
                                                  .workspace = workspace.data(),
                                                  .d_query = wanted.d_query ? d_query.data() : nullptr,
                                                  .d_memory = wanted.d_memory ? d_memory.data() : nullptr});
  result.context = context.values();
  result.log_sum_exp = log_sum_exp.values();
  result.weights = weights.values();
  result.d_query = d_query.values();
  result.d_memory = d_memory.values();
  BOOST_TEST((context.intact() && d_query.intact() && d_memory.intact()));
  BOOST_TEST((log_sum_exp.intact() && weights.intact() && workspace.intact()));
  return result;
}

template <class T>
void check(const AttentionCase& c, std::size_t shift = 0) {
  BOOST_TEST_CONTEXT(c << " shift " << shift) {
    const AttentionProblem<T> problem(c);
    const AttentionResult<T> actual = on_cuda(problem, shift);
    const auto errors = errors_of(actual, expected_of(problem, &actual.context));
    BOOST_TEST(errors.full <= tolerance_of<T>(c));
    BOOST_TEST(errors.stored <= tolerance_of<T>(c) + kStored<T>);
  }
}

const std::vector<std::int64_t> kAround32 =
    kSanitized ? std::vector<std::int64_t>{0, 1, 33} : std::vector<std::int64_t>{0, 1, 31, 32, 33};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(attention_on_cuda_agrees_with_the_equations, T, CudaTypes) {
  for (const std::int64_t size : kAround32) check<T>({9, 3, 17, size});
  for (const std::int64_t target : kAround32)
    for (const std::int64_t source : kAround32) check<T>({target, 2, source, 8, source % 2 == 0});
  for (const std::int64_t batch : {0, 1, 9}) check<T>({4, batch, 9, 5});
}

// A block has 1024 columns, or 512 of double: rows that are longer are several blocks'.
BOOST_AUTO_TEST_CASE_TEMPLATE(attention_on_cuda_takes_long_rows, T, CudaTypes) {
  for (const std::int64_t size : {129, 264, 512, 1024, 1025, 1048}) {
    if (kSanitized && size != 1048) continue;
    check<T>({3, 2, 18, size});
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(attention_on_cuda_takes_any_address, T, CudaTypes) {
  for (const std::size_t shift : {1, 2, 4}) check<T>({9, 2, 17, 40}, shift);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(large_scores_on_cuda_do_not_overflow, T, CudaTypes) {
  check<T>({7, 3, 33, 32, true, 100.0});
  check<T>({7, 3, 33, 32, true, 1e4});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(outputs_on_cuda_may_be_left_out, T, CudaTypes) {
  check_that_outputs_may_be_left_out<T>(
      [](const AttentionProblem<T>& problem, Wanted wanted) { return on_cuda(problem, 0, wanted); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_nan_on_cuda_spoils_its_batch_row_and_no_other, T, CudaTypes) {
  check_that_a_nan_spoils_its_batch_row_alone<T>(
      20, [](const AttentionProblem<T>& problem, Wanted) { return on_cuda(problem); });
}

// Every output, where both kinds of rows take several tiles.
std::vector<float> all_of() {
  const AttentionResult<float> result = on_cuda(AttentionProblem<float>({18, 1, 19, 5}));
  std::vector<float> all = result.context;
  for (const auto* const part : {&result.log_sum_exp, &result.weights, &result.d_query, &result.d_memory})
    all.insert(all.end(), part->begin(), part->end());
  return all;
}

BOOST_AUTO_TEST_CASE(attention_on_cuda_is_the_same_in_every_order) { simt::same_in_every_order(all_of); }

BOOST_AUTO_TEST_CASE(attention_on_cuda_needs_its_barriers, *kLeavesOutBarriers) {
  simt::every_barrier_is_noticed([] { return simt::bytes(all_of()); }, 7);
}

}  // namespace favras::kernels
