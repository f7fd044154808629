// The code that calls cuDNN, against a stand-in that keeps to its documentation: gives what the CPU's LSTM
// gives.
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>

#include "kernels/lstm/lstm_cudnn.h"
#include "tests/kernels/lstm/lstm_problem.h"
#include "tests/simt/products/cudnn.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

struct OnCudnn : OnCuda {
  using Context = cudnn::Context;
  static void complete(Context& context) {
    static cudnn::Handle handle;
    context.handle = &handle;
  }
};

// As for the CUDA LSTM; in bfloat16 states lose bits, too.
template <class T>
constexpr double kTolerance = 0;
template <>
constexpr double kTolerance<double> = 1e-12;
template <>
constexpr double kTolerance<float> = 1e-5;
template <>
constexpr double kTolerance<bfloat16> = 0.05;

template <class T>
void check(const LstmCase& c, std::size_t shift = 0) {
  BOOST_TEST_CONTEXT(c) {
    LstmProblem<OnCpu, double, T> expected(c);
    expected.run();
    LstmProblem<OnCudnn, T> actual(c, {}, shift);
    actual.run();
    const LstmResults results = actual.results();
    for (const auto& [name, values] : expected.results()) BOOST_TEST_CONTEXT(name) {
        BOOST_TEST(largest_error(results.at(name), values) <= kTolerance<T>);
      }
    BOOST_TEST(actual.intact());
  }
}

LstmCase random_case(unsigned seed) {
  std::mt19937_64 generator(seed);
  const auto one_of = [&](const std::vector<std::int64_t>& choices) {
    return choices[generator() % choices.size()];
  };
  LstmCase c{.seed = seed};
  c.shape.time = one_of({1, 2, 5});
  c.shape.batch = one_of({1, 3, 9});
  c.shape.input_size = one_of({1, 4, 7});
  c.shape.hidden_size = one_of({1, 4, 9});
  c.shape.layers = one_of({1, 2, 3});
  c.shape.reverse = generator() % 2 == 0;
  c.lengths = random_lengths(c.shape.batch, c.shape.time, seed);
  c.keep = generator() % 2 == 0 ? 0.7f : 1.0f;
  c.wishes = generator() % 4 == 0 ? kAll : static_cast<unsigned>(generator()) & kAll;
  return c;
}

const LstmCase kSmall{.shape = {.time = 3, .batch = 4, .input_size = 2, .hidden_size = 5, .layers = 2},
                      .lengths = {2, 0, 3, 1},
                      .keep = 0.7f};

bool says(const std::exception& error, const std::string& text) {
  return std::string(error.what()).find(text) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(cudnns_lstm_equals_the_cpus_in_double, T, CudaTypes) {
  check<T>(kSmall);
  for (unsigned seed = 1; seed <= (kSanitized ? 4 : 60); ++seed) check<T>(random_case(seed));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(cudnns_lstm_of_nothing, T, CudaTypes) {
  LstmCase c{.shape = {.batch = 3, .input_size = 2, .hidden_size = 4, .layers = 2}, .lengths = {0, 0, 0}};
  check<T>(c);
  c.wishes &= ~(kInitialStates | kFinalGradients);
  check<T>(c);
  c.shape.time = 2;
  check<T>(c);
  c.shape.batch = 0;
  c.lengths.clear();
  check<T>(c);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(cudnns_final_states_may_be_the_initial_ones, T, CudaTypes) {
  LstmProblem<OnCudnn, T> apart(kSmall), together(kSmall);
  LstmForward<T>& f = together.forward;
  const std::size_t bytes = 2 * 4 * 5 * sizeof(*f.final_hidden);
  OnCuda::copy(f.final_hidden, f.initial_hidden, bytes);
  OnCuda::copy(f.final_cell, f.initial_cell, bytes);
  f.initial_hidden = f.final_hidden;
  f.initial_cell = f.final_cell;
  apart.run_forward();
  together.run_forward();
  const LstmResults expected = apart.results(), actual = together.results();
  for (const char* name : {"final h", "final c"}) BOOST_TEST(same_bits(actual.at(name), expected.at(name)));
}

BOOST_AUTO_TEST_CASE(everything_of_cudnn_is_given_back, *kOnlyEmulated) {
  const int before = simt::cudnn_objects();
  {
    cudnn::Handle handle;
    BOOST_TEST(simt::cudnn_objects() == before + 1);
    check<float>(kSmall);
  }
  BOOST_TEST(simt::cudnn_objects() <= before + 1);  // the handle that the cases share
  const int shared = simt::cudnn_objects();
  check<float>(kSmall);
  BOOST_TEST(simt::cudnn_objects() == shared);
}

BOOST_AUTO_TEST_CASE(cudnns_lstm_says_what_it_cannot_do) {
  LstmProblem<OnCudnn, float> problem(kSmall);
  LstmForward<float> f = problem.forward;
  f.shape.input_size = 0;
  BOOST_CHECK_EXCEPTION(lstm_forward(problem.context, f), std::invalid_argument,
                        [](const auto& error) { return says(error, "ids"); });
  f = problem.forward;
  f.shape.time = 2;
  BOOST_CHECK_EXCEPTION(lstm_forward(problem.context, f), std::invalid_argument,
                        [](const auto& error) { return says(error, "row 2 has length 3 of 2"); });
  cudnn::Context without;
  BOOST_CHECK_EXCEPTION(lstm_forward(without, problem.forward), std::invalid_argument,
                        [](const auto& error) { return says(error, "handle"); });

  cudaStream_t stream = nullptr;
  cudaGraph_t graph = nullptr;
  simt::check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  problem.context.stream = stream;
  simt::check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
  BOOST_CHECK_EXCEPTION(problem.run_forward(), std::logic_error,
                        [](const auto& error) { return says(error, "captured"); });
  simt::check(cudaStreamEndCapture(stream, &graph));
  simt::check(cudaGraphDestroy(graph));
  simt::check(cudaStreamDestroy(stream));
}

}  // namespace favras::kernels
