// The CUDA LSTM gives what the CPU's gives in double, for any shape, lengths and wishes.
#include <boost/test/unit_test.hpp>

#include "tests/kernels/lstm/lstm_cases.h"
#include "tests/simt/every_order.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

bool same_results(const LstmResults& a, const LstmResults& b) {
  return std::ranges::equal(
      a, b, [](const auto& x, const auto& y) { return x.first == y.first && same_bits(x.second, y.second); });
}

template <class T>
void check(const LstmCase& c, std::size_t shift = 0) {
  check_against_cpu<OnCuda, T>(c, shift);
}

const LstmSizes kSizesToTry{.time = {0, 1, 2, 3, 5, 7},
                            .batch = {1, 2, 3, 17, 33},
                            .input_size = {0, 0, 1, 4, 7, 32},
                            .hidden_size = {1, 4, 31, 32, 33}};
const LstmCase kSmallWithIds{.shape = {.time = 4, .batch = 3, .hidden_size = 8, .layers = 2, .reverse = true},
                             .lengths = {4, 1, 2},
                             .keep = 0.7f};

struct Stream {
  cudaStream_t handle = nullptr;
  Stream() { simt::check(cudaStreamCreateWithFlags(&handle, cudaStreamNonBlocking)); }
  ~Stream() { cudaStreamDestroy(handle); }
};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(lstm_equals_the_cpus_in_double, T, CudaTypes) {
  for (const LstmCase& c : {kSmallLstm, kSmallWithIds}) check<T>(c);
  for (unsigned seed = 1; seed <= (kSanitized ? 4 : 60); ++seed)
    check<T>(random_lstm_case(seed, kSizesToTry));
}

// The CPU stores bfloat16 as CUDA does.
BOOST_AUTO_TEST_CASE(the_cpus_lstm_in_bfloat16_equals_the_cpus_in_double) {
  for (const LstmCase& c : {kSmallLstm, kSmallWithIds}) check_against_cpu<OnCpu, bfloat16>(c);
  for (unsigned seed = 1; seed <= (kSanitized ? 4 : 60); ++seed)
    check_against_cpu<OnCpu, bfloat16>(random_lstm_case(seed, kSizesToTry));
}

// Columns beyond a block's, several at a time and one.
BOOST_AUTO_TEST_CASE(lstm_rows_may_be_longer_than_a_block, *kOnlyUnsanitized) {
  for (const std::int64_t hidden_size : {131, 516}) {
    LstmCase c = kSmallLstm;
    c.shape.hidden_size = hidden_size;
    check<float>(c);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(lstm_takes_any_address, T, CudaTypes) {
  for (const std::size_t shift : {1, 2, 3}) check<T>(kSmallWithIds, shift);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(lstm_of_nothing, T, CudaTypes) {
  for (const std::int64_t input_size : {0, 3}) {
    LstmCase c{.shape = {.batch = 3, .input_size = input_size, .hidden_size = 4, .layers = 2},
               .lengths = {0, 0, 0}};
    check<T>(c);
    c.shape.time = 2;
    check<T>(c);
    c.shape.batch = 0;
    c.lengths.clear();
    check<T>(c);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(lstm_final_states_may_be_the_initial_ones, T, CudaTypes) {
  for (const LstmCase& c : {kSmallLstm, kSmallWithIds}) {
    LstmProblem<OnCuda, T> apart(c), together(c);
    LstmForward<T>& f = together.forward;
    const std::size_t bytes = c.shape.layers * c.shape.batch * c.shape.hidden_size * sizeof(*f.final_hidden);
    OnCuda::copy(f.final_hidden, f.initial_hidden, bytes);
    OnCuda::copy(f.final_cell, f.initial_cell, bytes);
    f.initial_hidden = f.final_hidden;
    f.initial_cell = f.final_cell;
    apart.run_forward();
    together.run_forward();
    BOOST_TEST(same_results(together.results(), apart.results()));
  }
}

// What was captured with some lengths, ids and step replays others.
BOOST_AUTO_TEST_CASE_TEMPLATE(lstm_in_a_graph_takes_other_lengths_ids_and_steps, T, CudaTypes) {
  const Stream stream;
  for (const LstmCase& c : {kSmallLstm, kSmallWithIds}) {
    LstmProblem<OnCuda, T> captured(c, {.stream = stream.handle}), fresh(c);
    const std::vector<std::int32_t> lengths(c.lengths.rbegin(), c.lengths.rend());
    const auto ids = random_ids(c.shape.time * c.shape.batch, kLstmVocabulary, 99);
    const StepState state{.seed = 5, .step = 6};
    captured.run();  // products choose their algorithms outside of captures
    const LstmResults before = captured.results();
    fresh.run();  // on another stream, with the same products: after the first
    cudaGraph_t graph = nullptr;
    simt::check(cudaStreamBeginCapture(stream.handle, cudaStreamCaptureModeGlobal));
    captured.run();
    simt::check(cudaStreamEndCapture(stream.handle, &graph));
    cudaGraphExec_t instance = nullptr;
    simt::check(cudaGraphInstantiate(&instance, graph, 0));
    simt::check(cudaGraphDestroy(graph));
    for (auto* problem : {&captured, &fresh}) {
      const LstmForward<T>& f = problem->forward;
      OnCuda::copy(f.lengths, lengths.data(), lengths.size() * sizeof(lengths[0]));
      if (f.ids) OnCuda::copy(f.ids, ids.data(), ids.size() * sizeof(ids[0]));
      OnCuda::copy(f.dropout.state, &state, sizeof(state));
    }
    BOOST_TEST(same_results(captured.results(), before));
    simt::check(cudaGraphLaunch(instance, stream.handle));
    const LstmResults replayed = captured.results();
    simt::check(cudaGraphExecDestroy(instance));
    fresh.run();
    BOOST_TEST(same_results(replayed, fresh.results()));
    BOOST_TEST(!same_results(replayed, before));
  }
}

// Row 0: id 0 sets, id 1 forgets. Row 1 ends with id 2, a NaN in column 2.
template <class Device, class T, class Rounded>
LstmResults far_out(const LstmCase& c) {
  using A = Accumulate<T>;
  LstmProblem<Device, T, Rounded> problem(c);
  const std::vector<std::int32_t> ids{0, 2, 1, 1 << 30, 0, 1 << 30};
  std::vector<A> table(kLstmVocabulary * 16, A(1e4));
  std::fill_n(table.begin() + 16, 16, A(-1e4));
  std::fill_n(table.begin() + 32, 16, A(0.5));
  table[32 + 4 * kCellGate + 2] = kNan<A>;
  Device::copy(problem.forward.ids, ids.data(), ids.size() * sizeof(ids[0]));
  Device::copy(problem.forward.projected_table, table.data(), table.size() * sizeof(A));
  problem.run();
  return problem.results();
}

// Into the same gradients as on the CPU: with a length of 1 the NaN is in W_hh's, but not everywhere.
BOOST_AUTO_TEST_CASE_TEMPLATE(lstm_saturates_and_lets_a_nan_pass, T, CudaTypes) {
  const LstmCase c{.shape = {.time = 3, .batch = 2, .hidden_size = 4},
                   .lengths = {3, 1},
                   .wishes = kAll & ~kInitialStates};
  LstmResults actual = far_out<OnCuda, T, T>(c);
  check_close(actual, far_out<OnCpu, double, T>(c), kLstmTolerance<T>);
  const auto row = [&](int time) {
    return std::vector<double>(&actual["y 0"][time * 8], &actual["y 0"][time * 8] + 4);
  };
  for (const int time : {0, 2})
    BOOST_TEST(largest_error(row(time), std::vector<double>(4, std::tanh(1.0))) <= kLstmTolerance<T>);
  BOOST_TEST(largest_error(row(1), std::vector<double>(4, 0.0)) <= kLstmTolerance<T>);
  BOOST_TEST(std::isnan(actual["y 0"][4 + 2]));
  BOOST_TEST(std::ranges::count_if(actual["d W_hh 0"], [](double x) { return std::isnan(x); }) == 16);
}

BOOST_AUTO_TEST_CASE(lstm_is_the_same_in_every_order) {
  for (const LstmCase& c : {kSmallLstm, kSmallWithIds})
    simt::same_in_every_order([&] {
      LstmProblem<OnCuda, float> problem(c);
      problem.run();
      std::vector<double> all;
      for (const auto& [name, values] : problem.results())
        all.insert(all.end(), values.begin(), values.end());
      return all;
    });
}

}  // namespace favras::kernels
