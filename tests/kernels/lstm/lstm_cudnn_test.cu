// The code that calls cuDNN, against a stand-in that keeps to its documentation: gives what the CPU's LSTM
// gives.
#include <stdexcept>
#include <string>
#include <type_traits>

#include <boost/test/unit_test.hpp>

#include "kernels/common/cuda_check.h"
#include "kernels/lstm/lstm_cudnn.h"
#include "tests/kernels/lstm/lstm_cases.h"
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

template <class T>
void check(const LstmCase& c, std::size_t shift = 0) {
  check_against_cpu<OnCudnn, T>(c, shift);
}

// A T4 has no LSTM in bfloat16 there.
template <class T>
bool is_offered() {
  int major = 8;
  if (!kEmulated) FAVRAS_CUDA_CHECK(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0));
  return major >= 8 || !std::is_same_v<T, bfloat16>;
}

const LstmSizes kSizesToTry{
    .time = {1, 2, 5}, .batch = {1, 3, 9}, .input_size = {1, 4, 7}, .hidden_size = {1, 4, 9}};

bool says(const std::exception& error, const std::string& text) {
  return std::string(error.what()).find(text) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(cudnns_lstm_equals_the_cpus_in_double, T, CudaTypes) {
  if (!is_offered<T>()) return;
  check<T>(kSmallLstm);
  for (unsigned seed = 1; seed <= (kSanitized ? 4 : 60); ++seed)
    check<T>(random_lstm_case(seed, kSizesToTry));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(cudnns_lstm_of_nothing, T, CudaTypes) {
  if (!is_offered<T>()) return;
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
  if (!is_offered<T>()) return;
  LstmProblem<OnCudnn, T> apart(kSmallLstm), together(kSmallLstm);
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
    check<float>(kSmallLstm);
  }
  BOOST_TEST(simt::cudnn_objects() <= before + 1);  // the handle that the cases share
  const int shared = simt::cudnn_objects();
  check<float>(kSmallLstm);
  BOOST_TEST(simt::cudnn_objects() == shared);
}

BOOST_AUTO_TEST_CASE(cudnns_lstm_says_what_it_cannot_do) {
  LstmProblem<OnCudnn, float> problem(kSmallLstm);
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
