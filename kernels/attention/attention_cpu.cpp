// A batch row is one thread's affair, so that no sum depends on their number: its rows are brought together,
// in the type of arithmetic, where they fit the second-level cache, and products of matrices do the rest.
#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "kernels/attention/attention.h"
#include "kernels/common/parallel_cpu.h"
#include "kernels/common/rows_cpu.h"
#include "kernels/gemm/gemm.h"
#include "kernels/softmax_cross_entropy/softmax_row_cpu.h"

namespace favras::kernels::cpu {
namespace {

// One batch row, and memory for it that the next one uses again.
template <class T>
class BatchRow {
 public:
  using A = Accumulate<T>;

  explicit BatchRow(const AttentionInput<T>& input) : input_(input) {}

  void forward(const AttentionForward<T>& f, std::int64_t b) {
    start(b);
    make_weights(f.log_sum_exp);
    if (f.weights) write_weights(f.weights);
    sum_memory(weights_);
    scatter(queries_, input_.target, f.context);
  }

  void backward(const AttentionBackward<T>& f, std::int64_t b) {
    start(b);
    make_weights(nullptr);
    gather(f.d_context, queries_, d_context_);
    make_d_scores();
    if (f.d_query) {
      sum_memory(d_scores_);
      scatter(queries_, input_.target, f.d_query);
    }
    if (!f.d_memory) return;
    A* const d_memory = resized(result_, memories_, input_.size);
    add_transposed(d_scores_, query_, 0, d_memory);
    add_transposed(weights_, d_context_, 1, d_memory);
    scatter(memories_, input_.source, f.d_memory);
  }

 private:
  using Gemm = kernels::Gemm<A>;

  static A* resized(std::vector<A>& array, std::int64_t rows, std::int64_t columns) {
    array.resize(static_cast<std::size_t>(rows * columns));
    return array.data();
  }

  void start(std::int64_t b) {
    b_ = b;
    queries_ = input_.query_lengths ? input_.query_lengths[b] : input_.target;
    memories_ = input_.memory_lengths[b];
    gather(input_.query, queries_, query_);
    gather(input_.memory, memories_, memory_);
  }

  // Where row i of this batch row begins in an array [T or S, B, M].
  std::int64_t at(std::int64_t i) const { return (i * input_.batch + b_) * input_.size; }

  void gather(const T* from, std::int64_t rows, std::vector<A>& array) {
    A* const to = resized(array, rows, input_.size);
    for (std::int64_t i = 0; i < rows; ++i) {
      if constexpr (std::is_same_v<T, A>)
        std::copy_n(from + at(i), input_.size, to + i * input_.size);
      else
        convert_row(from + at(i), input_.size, to + i * input_.size);
    }
  }

  // The result's rows, then zeros up to `all` rows.
  void scatter(std::int64_t rows, std::int64_t all, T* to) const {
    for (std::int64_t i = 0; i < rows; ++i) {
      if constexpr (std::is_same_v<T, A>)
        std::copy_n(result_.data() + i * input_.size, input_.size, to + at(i));
      else
        convert_row(result_.data() + i * input_.size, input_.size, to + at(i));
    }
    for (std::int64_t i = rows; i < all; ++i) std::fill_n(to + at(i), input_.size, T(0));
  }

  // product [queries, memories] = rows of queries * rows of memory
  A* multiply_with_memory(const std::vector<A>& rows, std::vector<A>& product) {
    A* const c = resized(product, queries_, memories_);
    gemm(alone_, Gemm{.m = queries_,
                      .n = memories_,
                      .k = input_.size,
                      .a = rows.data(),
                      .b = memory_.data(),
                      .c = c,
                      .transpose_b = true});
    return c;
  }

  // result [queries, M] = factors [queries, memories] * rows of memory
  void sum_memory(const std::vector<A>& factors) {
    gemm(alone_, Gemm{.m = queries_,
                      .n = input_.size,
                      .k = memories_,
                      .a = factors.data(),
                      .b = memory_.data(),
                      .c = resized(result_, queries_, input_.size)});
  }

  // to [memories, M] = factors^T [memories, queries] * rows [queries, M] + beta to
  void add_transposed(const std::vector<A>& factors, const std::vector<A>& rows, A beta, A* to) {
    gemm(alone_, Gemm{.m = memories_,
                      .n = input_.size,
                      .k = queries_,
                      .a = factors.data(),
                      .b = rows.data(),
                      .c = to,
                      .transpose_a = true,
                      .beta = beta});
  }

  void make_weights(A* log_sum_exp) {
    A* const scores = multiply_with_memory(query_, weights_);
    for (std::int64_t t = 0; t < input_.target; ++t) {
      A of_row = -std::numeric_limits<A>::infinity();
      if (t < queries_ && memories_ > 0) {
        A* const row = scores + t * memories_;
        const auto [maximum, sum] = softmax_row(row, memories_, true);
        scale_row(1 / sum, memories_, row);
        of_row = maximum + std::log(sum);
      }
      if (log_sum_exp) log_sum_exp[t * input_.batch + b_] = of_row;
    }
  }

  void write_weights(A* weights) const {
    for (std::int64_t t = 0; t < input_.target; ++t) {
      A* const row = weights + (t * input_.batch + b_) * input_.source;
      const std::int64_t known = t < queries_ ? memories_ : 0;
      std::copy_n(weights_.data() + t * memories_, known, row);
      std::fill_n(row + known, input_.source - known, A(0));
    }
  }

  // Through the softmax: d_score = weight (d_weight - sum of weight d_weight).
  void make_d_scores() {
    A* const d_scores = multiply_with_memory(d_context_, d_scores_);
    for (std::int64_t t = 0; t < queries_; ++t) {
      const A* const weights = weights_.data() + t * memories_;
      A* const row = d_scores + t * memories_;
      A sum = 0;
      for (std::int64_t s = 0; s < memories_; ++s) sum += weights[s] * row[s];
      for (std::int64_t s = 0; s < memories_; ++s) row[s] = weights[s] * (row[s] - sum);
    }
  }

  const AttentionInput<T>& input_;
  Context alone_{1};
  std::int64_t b_ = 0, queries_ = 0, memories_ = 0;
  std::vector<A> query_, memory_, d_context_;  // [queries or memories, M]
  std::vector<A> weights_, d_scores_;          // [queries, memories]
  std::vector<A> result_;
};

template <class T, class Body>
void for_batch_rows(const Context& context, const AttentionInput<T>& input, const Body& body) {
  const int threads = static_cast<int>(std::min<std::int64_t>(context.threads, input.batch));
  if (threads == 0) return;
  parallel(threads, [&](int thread) {
    BatchRow<T> row(input);
    for (std::int64_t b = thread; b < input.batch; b += threads) body(row, b);
  });
}

}  // namespace

template <class T>
void attention_forward(Context& context, const AttentionForward<T>& f) {
  for_batch_rows(context, f.input, [&](BatchRow<T>& row, std::int64_t b) { row.forward(f, b); });
}

template <class T>
void attention_backward(Context& context, const AttentionBackward<T>& f) {
  for_batch_rows(context, f.input, [&](BatchRow<T>& row, std::int64_t b) { row.backward(f, b); });
}

template void attention_forward(Context&, const AttentionForward<float>&);
template void attention_forward(Context&, const AttentionForward<double>&);
template void attention_forward(Context&, const AttentionForward<bfloat16>&);
template void attention_backward(Context&, const AttentionBackward<float>&);
template void attention_backward(Context&, const AttentionBackward<double>&);
template void attention_backward(Context&, const AttentionBackward<bfloat16>&);

}  // namespace favras::kernels::cpu
