// The kernels whose time is the memory's.
#include "bench/kernels/results.h"
#include "bench/kernels/workload.h"
#include "kernels/adam/adam.h"
#include "kernels/argmax/argmax.h"
#include "kernels/bias/bias.h"
#include "kernels/dropout/dropout.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/embedding/embedding.h"
#include "kernels/norm/norm.h"
#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"
#include "kernels/top_k/top_k.h"

namespace favras::bench {
namespace {

using namespace kernels;

std::string shape_of(std::int64_t rows, std::int64_t columns) {
  return "[" + std::to_string(rows) + ", " + std::to_string(columns) + "]";
}

class Pointwise {
 public:
  explicit Pointwise(GpuTimer& timer) : timer_(timer), context_(timer.context()) {}

  template <class T>
  void activations(const char* precision) {
    precision_ = precision;
    embedding<T>();
    dropouts<T>();
    bias<T>(kTargets, kVocabulary);
    bias<T>(kRows, kGates);
    softmax<T>();
    decoding<T>();
    elementwise<T>();
  }

  void parameters() {
    precision_ = "fp32";
    const DeviceBuffer<float> p(numbers<float>(kParameters)), g(numbers<float>(kParameters)), m(kParameters),
        v(kParameters), norm(2);
    const DeviceBuffer<bfloat16> copy(kParameters);
    const DeviceBuffer<StepState> state(std::vector<StepState>{{.step = 1, .learning_rate = 1e-3f}});
    Adam<float> a{.size = kParameters, .parameters = p.data(), .gradients = g.data()};
    a.first_moment = m.data(), a.second_moment = v.data(), a.element_clip = 5, a.state = state.data();
    const std::string shape = shape_of(1, kParameters);
    time("adam", shape, kParameters * 7.0 * 4, [&] { adam(context_, a); });
    a.copy = copy.data();
    time("adam with its bf16 copy", shape, kParameters * (7.0 * 4 + 2), [&] { adam(context_, a); });
    time("clip_scale", shape, kParameters * 4.0, [&] {
      clip_scale(context_, ClipScale<float>{.size = kParameters,
                                            .x = g.data(),
                                            .maximum = 1,
                                            .norm = norm.data(),
                                            .scale = norm.data() + 1});
    });
    time("convert to bf16", shape, kParameters * 6.0, [&] {
      convert(context_, Convert<float, bfloat16>{.size = kParameters, .x = p.data(), .y = copy.data()});
    });
  }

  std::vector<Result> results;

 private:
  template <class Run>
  void time(const std::string& name, const std::string& shape, double bytes, const Run& run) {
    results.push_back({.name = name,
                       .precision = precision_,
                       .shape = shape,
                       .seconds = timer_.seconds(run),
                       .bytes = bytes});
  }

  template <class T>
  void embedding() {
    using A = Accumulate<T>;
    const DeviceBuffer<std::int32_t> rows(ids(kRows, kVocabulary));
    const DeviceBuffer<T> table(numbers<T>(kVocabulary * kEmbedding)), y(numbers<T>(kRows * kEmbedding));
    const DeviceBuffer<A> d_table(kVocabulary * kEmbedding);
    const std::string shape = shape_of(kRows, kEmbedding) + " of " + std::to_string(kVocabulary);
    constexpr double kTable = kVocabulary * kEmbedding, kElements = kRows * kEmbedding;
    time("embedding_forward", shape, (kTable + kElements) * sizeof(T) + kRows * 4.0, [&] {
      embedding_forward(context_, EmbeddingForward<T>{.rows = kRows,
                                                      .vocabulary = kVocabulary,
                                                      .columns = kEmbedding,
                                                      .ids = rows.data(),
                                                      .table = table.data(),
                                                      .y = y.data()});
    });
    time("embedding_backward", shape, 2 * kTable * sizeof(A) + kElements * sizeof(T) + kRows * 4.0, [&] {
      embedding_backward(context_, EmbeddingBackward<T>{.rows = kRows,
                                                        .vocabulary = kVocabulary,
                                                        .columns = kEmbedding,
                                                        .ids = rows.data(),
                                                        .dy = y.data(),
                                                        .d_table = d_table.data(),
                                                        .beta = 1});
    });
  }

  template <class T>
  void dropouts() {
    const DeviceBuffer<T> x(numbers<T>(kTargets * kHidden)), y(kTargets * kHidden);
    const DeviceBuffer<StepState> state(std::vector<StepState>{{.seed = 1, .step = 1}});
    time("dropout", shape_of(kTargets, kHidden), 2.0 * kTargets * kHidden * sizeof(T), [&] {
      dropout(context_, Dropout<T>{.rows = kTargets,
                                   .columns = kHidden,
                                   .mask = {.keep = 0.7f, .stream = 1, .state = state.data()},
                                   .x = x.data(),
                                   .y = y.data()});
    });
  }

  template <class T>
  void bias(std::int64_t rows, std::int64_t columns) {
    using A = Accumulate<T>;
    const DeviceBuffer<T> row(numbers<T>(columns)), y(numbers<T>(rows * columns));
    const DeviceBuffer<A> d_bias(static_cast<std::size_t>(columns));
    const auto elements = static_cast<double>(rows * columns), width = static_cast<double>(columns);
    time("bias_forward", shape_of(rows, columns), (2 * elements + width) * sizeof(T), [&] {
      bias_forward(context_,
                   BiasForward<T>{.rows = rows, .columns = columns, .bias = row.data(), .y = y.data()});
    });
    time("bias_backward", shape_of(rows, columns), elements * sizeof(T) + 2 * width * sizeof(A), [&] {
      bias_backward(
          context_,
          BiasBackward<T>{
              .rows = rows, .columns = columns, .dy = y.data(), .d_bias = d_bias.data(), .beta = 1});
    });
  }

  // In place: later runs see gradients for logits, which take as long.
  template <class T>
  void softmax() {
    using A = Accumulate<T>;
    const DeviceBuffer<std::int32_t> targets(ids(kTargets, kVocabulary));
    const DeviceBuffer<T> logits(numbers<T>(kTargets * kVocabulary));
    const DeviceBuffer<A> scalars(3), row_loss(kTargets);
    time("softmax_cross_entropy", shape_of(kTargets, kVocabulary),
         2.0 * kTargets * kVocabulary * sizeof(T) + kTargets * 4.0, [&] {
           softmax_cross_entropy(context_, SoftmaxCrossEntropy<T>{.rows = kTargets,
                                                                  .vocabulary = kVocabulary,
                                                                  .targets = targets.data(),
                                                                  .ignore = -1,
                                                                  .logits = logits.data(),
                                                                  .write_gradient = true,
                                                                  .loss_mean = scalars.data(),
                                                                  .loss_sum = scalars.data() + 1,
                                                                  .count = scalars.data() + 2,
                                                                  .row_loss = row_loss.data()});
         });
  }

  template <class T>
  void decoding() {
    using A = Accumulate<T>;
    constexpr std::int64_t kBest = 5;
    const DeviceBuffer<T> x(numbers<T>(kTargets * kVocabulary));
    const DeviceBuffer<A> values(kTargets * kBest);
    const DeviceBuffer<std::int32_t> indices(kTargets * kBest);
    constexpr double kRead = kTargets * kVocabulary * sizeof(T);
    time("argmax", shape_of(kTargets, kVocabulary), kRead + kTargets * 4.0, [&] {
      argmax(context_,
             Argmax<T>{.rows = kTargets, .columns = kVocabulary, .x = x.data(), .index = indices.data()});
    });
    time("top_k, the first 5", shape_of(kTargets, kVocabulary), kRead + kTargets * kBest * (4.0 + sizeof(A)),
         [&] {
           top_k(context_, TopK<T>{.rows = kTargets,
                                   .columns = kVocabulary,
                                   .k = kBest,
                                   .x = x.data(),
                                   .values = values.data(),
                                   .indices = indices.data()});
         });
  }

  template <class T>
  void elementwise() {
    constexpr std::int64_t kSize = kRows * kHidden;
    const DeviceBuffer<T> x(numbers<T>(kSize)), y(numbers<T>(kSize));
    time("fill", shape_of(kRows, kHidden), 1.0 * kSize * sizeof(T),
         [&] { fill(context_, Fill<T>{.size = kSize, .value = 1, .x = y.data()}); });
    time("add", shape_of(kRows, kHidden), 3.0 * kSize * sizeof(T),
         [&] { add(context_, Add<T>{.size = kSize, .x = x.data(), .y = y.data()}); });
  }

  GpuTimer& timer_;
  cuda::Context& context_;
  std::string precision_;
};

}  // namespace

std::vector<Result> measure_pointwise(GpuTimer& timer) {
  Pointwise pointwise(timer);
  pointwise.activations<float>("fp32");
  pointwise.activations<bfloat16>("bf16");
  pointwise.parameters();
  return pointwise.results;
}

}  // namespace favras::bench
