#include "kernels/attention/attention.h"

#include <boost/test/unit_test.hpp>

#include "tests/kernels/attention/attention_problem.h"
#include "tests/support/instruction_sets.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

using Types = std::tuple<float, double, bfloat16>;

template <class T>
AttentionResult<T> run(const AttentionProblem<T>& p, int threads = 1, const Wanted& wanted = {}) {
  using A = Accumulate<T>;
  AttentionResult<T> result(p);
  Guarded<T> context(result.context), d_query(result.d_query), d_memory(result.d_memory);
  Guarded<A> log_sum_exp(result.log_sum_exp), weights(result.weights), workspace(result.log_sum_exp);
  cpu::Context device{threads};
  const AttentionInput<T> input{.target = p.target,
                                .batch = p.batch,
                                .source = p.source,
                                .size = p.size,
                                .memory_lengths = p.memory_lengths.data(),
                                .query_lengths = p.query_lengths.empty() ? nullptr : p.query_lengths.data(),
                                .query = p.query.data(),
                                .memory = p.memory.data()};
  attention_forward(device, AttentionForward<T>{.input = input,
                                                .context = context.data(),
                                                .log_sum_exp = log_sum_exp.data(),
                                                .weights = wanted.weights ? weights.data() : nullptr});
  attention_backward(device, AttentionBackward<T>{.input = input,
                                                  .context = context.data(),
                                                  .log_sum_exp = log_sum_exp.data(),
                                                  .d_context = p.d_context.data(),
                                                  .workspace = workspace.data(),
                                                  .d_query = wanted.d_query ? d_query.data() : nullptr,
                                                  .d_memory = wanted.d_memory ? d_memory.data() : nullptr});
  BOOST_TEST((context.intact() && d_query.intact() && d_memory.intact()));
  BOOST_TEST((log_sum_exp.intact() && weights.intact() && workspace.intact()));
  result.context = context.numbers();
  result.log_sum_exp = log_sum_exp.numbers();
  result.weights = weights.numbers();
  result.d_query = d_query.numbers();
  result.d_memory = d_memory.numbers();
  return result;
}

template <class T>
void check(const AttentionCase& c) {
  BOOST_TEST_CONTEXT(c) {
    const AttentionProblem<T> problem(c);
    const AttentionResult<T> one = run(problem);
    const auto errors = errors_of(one, expected_of(problem));
    BOOST_TEST(errors.full <= tolerance_of<T>(c));
    BOOST_TEST(errors.stored <= tolerance_of<T>(c) + kStored<T>);
    for (const int threads : kThreadCounts) BOOST_TEST(same_bits(run(problem, threads), one));
  }
}

const std::vector<std::int64_t> kAround32 = {0, 1, 31, 32, 33};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(attention_agrees_with_the_equations, T, Types) {
  for_each_instruction_set([] {
    for (const std::int64_t size : kAround32) check<T>({5, 3, 7, size});
    check<T>({33, 4, 31, 65});
  });
  for (const std::int64_t target : kAround32)
    for (const std::int64_t source : kAround32) check<T>({target, 3, source, 8, source % 2 == 0});
  for (const std::int64_t batch : {0, 1, 33}) check<T>({4, batch, 9, 5});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(large_scores_do_not_overflow, T, Types) {
  check<T>({7, 3, 33, 32, true, 100.0});
  check<T>({7, 3, 33, 32, true, 1e4});
}

BOOST_AUTO_TEST_CASE_TEMPLATE(outputs_may_be_left_out, T, Types) {
  check_that_outputs_may_be_left_out<T>(
      [](const AttentionProblem<T>& problem, Wanted wanted) { return run(problem, 2, wanted); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_nan_spoils_its_batch_row_and_no_other, T, Types) {
  check_that_a_nan_spoils_its_batch_row_alone<T>(
      9, [](const AttentionProblem<T>& problem, Wanted) { return run(problem); });
}

}  // namespace favras::kernels
