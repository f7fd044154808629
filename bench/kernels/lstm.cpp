// One layer of the LSTM over a whole batch, forward and backward, as its products and step kernels come.
#include "kernels/lstm/lstm.h"

#include "bench/kernels/results.h"
#include "bench/kernels/workload.h"
#include "kernels/gemm/products_cuda.h"

namespace favras::bench {
namespace {

using namespace kernels;

// A layer above the first, with dropout, all rows of full length.
template <class T>
struct Layer {
  using A = Accumulate<T>;

  explicit Layer(cuda::Context& context)
      : lengths(std::vector<std::int32_t>(kBatch, kTime)),
        state(std::vector<StepState>{{.seed = 1, .step = 1}}),
        input(numbers<T>(kRows * kEmbedding)),
        d_output(numbers<T>(kRows * kHidden)),
        output(kRows * kHidden),
        d_input(kRows * kEmbedding),
        input_weights(small(kGates * kEmbedding)),
        hidden_weights(small(kGates * kHidden)),
        bias(small(kGates)),
        d_input_weights(kGates * kEmbedding),
        d_hidden_weights(kGates * kHidden),
        d_bias(kGates),
        reserve(lstm_reserve_bytes<T>(context, kShape)),
        workspace(lstm_workspace_bytes<T>(context, kShape)) {
    weights = {input_weights.data(), hidden_weights.data(), bias.data()};
    d_weights = {d_input_weights.data(), d_hidden_weights.data(), d_bias.data()};
    y = output.data();
    dy = d_output.data();
  }
  LstmForward<T> forward() const {
    LstmForward<T> f{.shape = kShape, .lengths = lengths.data(), .input = input.data()};
    f.weights = {&weights, 1};
    f.dropout = {.keep = 0.7f, .stream = 1, .state = state.data()};
    f.outputs = {&y, 1};
    f.reserve = reserve.data();
    f.workspace = workspace.data();
    return f;
  }
  LstmBackward<T> backward() const {
    LstmBackward<T> b{.forward = forward()};
    b.d_outputs = {&dy, 1};
    b.d_weights = {&d_weights, 1};
    b.d_input = d_input.data();
    b.workspace = workspace.data();
    return b;
  }

  static constexpr LstmShape kShape{
      .time = kTime, .batch = kBatch, .input_size = kEmbedding, .hidden_size = kHidden};

 private:
  static std::vector<T> small(std::int64_t count) {
    std::vector<T> all = numbers<T>(count);
    for (T& number : all) number = T(A(number) * A(0.05));
    return all;
  }

  DeviceBuffer<std::int32_t> lengths;
  DeviceBuffer<StepState> state;
  DeviceBuffer<T> input, d_output, output, d_input, input_weights, hidden_weights, bias;
  DeviceBuffer<A> d_input_weights, d_hidden_weights, d_bias;
  DeviceBuffer<char> reserve, workspace;
  LstmWeights<T> weights;
  LstmWeightGradients<T> d_weights;
  T* y;
  const T* dy;
};

template <class T>
void measure(GpuTimer& timer, const char* precision, std::vector<Result>& all) {
  cuda::Context& context = timer.context();
  const Layer<T> layer(context);
  constexpr double kWeights = kGates * (kEmbedding + kHidden) + kGates;
  constexpr double kProducts = 2.0 * kRows * kGates * (kEmbedding + kHidden);
  Result result{.name = "lstm_forward, one layer",
                .precision = precision,
                .shape = "T 60, B 128, I 512, H 512",
                .bytes = (kRows * (kEmbedding + kHidden) + kWeights) * sizeof(T),
                .operations = kProducts};
  result.seconds = timer.seconds_in_graph([&] { lstm_forward(context, layer.forward()); });
  all.push_back(result);
  result.name = "lstm_backward, one layer";
  // x, y, dy and dx; the weights and, read and written, their gradients.
  result.bytes =
      (2.0 * kRows * (kEmbedding + kHidden) + kWeights) * sizeof(T) + 2.0 * kWeights * sizeof(Accumulate<T>);
  result.operations = 2 * kProducts;
  // Backward consumes the reserve: the numbers of later runs are not gradients, but take as long.
  result.seconds = timer.seconds_in_graph([&] { lstm_backward(context, layer.backward()); });
  all.push_back(result);
}

}  // namespace

std::vector<Result> measure_lstm(GpuTimer& timer) {
  std::vector<Result> all;
  cuda::Products& products = *timer.context().products;
  measure<float>(timer, "fp32", all);
  if (!has_reduced_precision()) return all;
  products.allow_tf32(true);
  measure<float>(timer, "tf32", all);
  products.allow_tf32(false);
  measure<bfloat16>(timer, "bf16", all);
  return all;
}

}  // namespace favras::bench
