// A block owns a few rows of one batch row, of the queries or of the memory, and passes the rows of the other
// kind by them, a tile at a time: each of its threads makes one of the tile's scores, then sums some columns
// of what the owned rows are to have. Backward asks twice for the same scores, once for each kind: no thread
// adds to what another has, and sums have one order.
#include <cmath>

#include "kernels/attention/attention.h"
#include "kernels/common/cuda_check.h"
#include "kernels/common/grid_cuda.h"
#include "kernels/common/reduce_cuda.h"
#include "kernels/common/rows_cuda.h"

namespace favras::kernels::cuda {
namespace {

constexpr int kOwned = 8, kPassing = 16;  // rows
constexpr unsigned kTile = kOwned * kPassing;
constexpr int kOfWarp = 32 / kOwned;  // passing rows whose scores a warp makes
constexpr int kLine = kPassing + 4;  // a tile's row in shared memory: the scores of a warp on different banks

// Elements read at a time: 16 bytes, but for bfloat16, of which a thread would have too many columns.
template <class T>
constexpr int kNeighbours = std::is_same_v<T, double> ? 2 : 4;

template <class T>
using Tile = T[kOwned][kLine];

// Rows of one batch row.
template <class T>
struct Rows {
  const T* first;
  std::int64_t distance, count;

  __device__ const T* operator[](std::int64_t i) const { return first + i * distance; }
  // The last one in place of those past the end, which hold nothing that may be read.
  __device__ const T* clamped(std::int64_t i) const { return (*this)[i < count ? i : count - 1]; }
};

// What a block does: the batch row, the first of the rows that it owns, the first column of its results.
struct Place {
  std::int64_t b, first, column;
};

template <int kColumns>
__device__ Place place_of_block(std::int64_t owned) {
  const std::int64_t tiles = (owned + kOwned - 1) / kOwned;
  return {blockIdx.x / tiles, blockIdx.x % tiles * kOwned, std::int64_t{blockIdx.y} * kColumns};
}

template <class T>
__device__ Rows<T> rows_of(const AttentionInput<T>& in, const T* all, std::int64_t b, std::int64_t count) {
  return {all + b * in.size, in.batch * in.size, count};
}

template <class T>
__device__ std::int64_t queries_of(const AttentionInput<T>& in, std::int64_t b) {
  return in.query_lengths ? in.query_lengths[b] : in.target;
}

// Lane l gets the sum of the lanes' sums[l]: each gives half of what it has to the lane kHalf across, and
// goes on with the other half.
template <int kHalf = 16, class A>
__device__ A sum_of_lane(A (&sums)[32]) {
  const bool upper = (threadIdx.x & kHalf) != 0;
#pragma unroll
  for (int i = 0; i < kHalf; ++i) {
    const A kept = upper ? sums[i + kHalf] : sums[i], given = upper ? sums[i] : sums[i + kHalf];
    sums[i] = kept + from_lane_across(given, kHalf);
  }
  if constexpr (kHalf > 1) return sum_of_lane<kHalf / 2>(sums);
  return sums[0];
}

// The rows of a tile whose score this thread makes.
__device__ inline int owned_of_thread() { return static_cast<int>(threadIdx.x) % kOwned; }
__device__ inline int passing_of_thread() { return static_cast<int>(threadIdx.x) / kOwned; }

// The product of owned row `first` + owned_of_thread() and passing row `next` + passing_of_thread(). All the
// warp must call; the lanes share the columns.
template <int kWidth, class T>
__device__ Accumulate<T> product(const Rows<T>& owned, std::int64_t first, const Rows<T>& passing,
                                 std::int64_t next, std::int64_t columns) {
  using A = Accumulate<T>;
  A sums[32] = {};  // [kOfWarp][kOwned]
  const std::int64_t of_warp = next + threadIdx.x / 32 * kOfWarp;
  for (std::int64_t c = threadIdx.x % 32 * kWidth; c < columns; c += 32 * kWidth) {
    Pack<T, kWidth> y[kOfWarp];
#pragma unroll
    for (int j = 0; j < kOfWarp; ++j) y[j] = load<kWidth>(passing.clamped(of_warp + j) + c);
#pragma unroll
    for (int i = 0; i < kOwned; ++i) {
      const auto x = load<kWidth>(owned.clamped(first + i) + c);
#pragma unroll
      for (int j = 0; j < kOfWarp; ++j)
        for (int k = 0; k < kWidth; ++k) sums[j * kOwned + i] += A(x.at[k]) * A(y[j].at[k]);
    }
  }
  return sum_of_lane(sums);
}

// This thread's columns of the owned rows' results.
template <class T, int kWidth>
class Results {
  using A = Accumulate<T>;
  static constexpr int kPacks = 32 / static_cast<int>(sizeof(A)) / kWidth;

 public:
  static constexpr int kColumns = static_cast<int>(kTile) * kPacks * kWidth;  // of a block

  __device__ Results(std::int64_t column, std::int64_t columns)
      : first_(column + threadIdx.x * kWidth), columns_(columns) {}

  __device__ void scale(const A (&factors)[kOwned]) {
    for_all([&](int i, A& sum) { sum *= factors[i]; });
  }

  // Of owned row i: += the sum of factors[i][j] * passing row (next + j) over the tile.
  __device__ void add(const Tile<A>& factors, const Rows<T>& passing, std::int64_t next) {
    for (int j = 0; j < kPassing && next + j < passing.count; ++j) {
      const T* const row = passing[next + j];
#pragma unroll
      for (int p = 0; p < kPacks; ++p) {
        if (column(p) >= columns_) break;
        const auto y = load<kWidth>(row + column(p));
#pragma unroll
        for (int i = 0; i < kOwned; ++i)
          for (int k = 0; k < kWidth; ++k) sums_[p][i][k] += factors[i][j] * A(y.at[k]);
      }
    }
  }

  // Rows first ... of the owned ones, of which there are `all`; zeros from row `count` on.
  __device__ void write(T* to, std::int64_t distance, std::int64_t first, std::int64_t count,
                        std::int64_t all) const {
#pragma unroll
    for (int p = 0; p < kPacks; ++p)
#pragma unroll
      for (int i = 0; i < kOwned; ++i) {
        if (first + i >= all || column(p) >= columns_) continue;
        Pack<T, kWidth> y;
        for (int k = 0; k < kWidth; ++k) y.at[k] = T(first + i < count ? sums_[p][i][k] : A(0));
        store(to + (first + i) * distance + column(p), y);
      }
  }

 private:
  __device__ std::int64_t column(int pack) const { return first_ + pack * static_cast<int>(kTile) * kWidth; }

  template <class Body>
  __device__ void for_all(const Body& body) {
#pragma unroll
    for (int p = 0; p < kPacks; ++p)
#pragma unroll
      for (int i = 0; i < kOwned; ++i)
        for (int k = 0; k < kWidth; ++k) body(i, sums_[p][i][k]);
  }

  std::int64_t first_, columns_;
  A sums_[kPacks][kOwned][kWidth] = {};
};

// Passes over a NaN: the sum of the exponentials finds it.
struct Larger {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return b > a ? b : a;
  }
};

// Over the kPassing threads that have a query's scores in the softmax: half a warp.
template <class T, class Combine>
__device__ T over_scores(T value, Combine combine) {
  for (int lanes = kPassing / 2; lanes > 0; lanes /= 2)
    value = combine(value, from_lane_across(value, lanes));
  return value;
}

// Largest score and sum of exponentials so far: what was summed under an earlier largest is scaled.
template <class T, int kWidth>
__global__ void __launch_bounds__(kTile) forward_kernel(AttentionForward<T> f) {
  using A = Accumulate<T>;
  FAVRAS_SHARED(A, scores, [kOwned][kLine]);
  FAVRAS_SHARED(A, weights, [kOwned][kLine]);
  FAVRAS_SHARED(A, factors, [kOwned]);
  FAVRAS_SHARED(A, shares, [kOwned]);
  const AttentionInput<T>& in = f.input;
  const Place place = place_of_block<Results<T, kWidth>::kColumns>(in.target);
  const auto queries = rows_of(in, in.query, place.b, queries_of(in, place.b));
  const auto memory =
      rows_of(in, in.memory, place.b, place.first < queries.count ? in.memory_lengths[place.b] : 0);
  Results<T, kWidth> context(place.column, in.size);

  // In the softmax, half a warp has a query.
  const int query = static_cast<int>(threadIdx.x) / kPassing,
            column = static_cast<int>(threadIdx.x) % kPassing;
  const std::int64_t t = place.first + query, at = t * in.batch + place.b;
  const bool reports = t < in.target && place.column == 0;
  A* const alignment = reports && f.weights ? f.weights + at * in.source : nullptr;
  A largest = -static_cast<A>(INFINITY), sum = 0;
  for (std::int64_t s = 0; s < memory.count; s += kPassing) {
    scores[owned_of_thread()][passing_of_thread()] =
        product<kWidth>(queries, place.first, memory, s, in.size);
    __syncthreads();
    const bool inside = s + column < memory.count;
    const A score = inside ? scores[query][column] : -static_cast<A>(INFINITY), before = largest;
    if (alignment && inside) alignment[s + column] = score;
    largest = over_scores(Larger{}(before, score), Larger{});
    weights[query][column] = std::exp(score - largest);
    sum = sum * std::exp(before - largest) + over_scores(weights[query][column], Sum{});
    if (column == 0) factors[query] = std::exp(before - largest);
    __syncthreads();
    context.scale(factors);
    context.add(weights, memory, s);
  }
  const bool any = t < queries.count && memory.count > 0;
  const A log_sum_exp = any ? largest + std::log(sum) : -static_cast<A>(INFINITY);
  if (column == 0) shares[query] = any ? 1 / sum : A(0);
  if (column == 0 && reports) f.log_sum_exp[at] = log_sum_exp;
  for (std::int64_t s = column; alignment && s < in.source; s += kPassing)
    alignment[s] = any && s < memory.count ? std::exp(alignment[s] - log_sum_exp) : A(0);
  __syncthreads();
  context.scale(shares);
  context.write(f.context + place.b * in.size, queries.distance, place.first, queries.count, in.target);
}

// workspace[t, b] = <d_context[t, b], context[t, b]>: the sum of weight d_weight over the memory.
template <class T>
__global__ void __launch_bounds__(kThreads) sum_kernel(AttentionBackward<T> f) {
  using A = Accumulate<T>;
  const AttentionInput<T>& in = f.input;
  for (std::int64_t row = grid_thread() / 32; row < in.target * in.batch; row += grid_threads() / 32) {
    if (row / in.batch >= queries_of(in, row % in.batch)) continue;
    A sum = 0;
    for (std::int64_t c = threadIdx.x % 32; c < in.size; c += 32)
      sum += A(f.d_context[row * in.size + c]) * A(f.context[row * in.size + c]);
    sum = over_warp(sum, Sum{});
    if (threadIdx.x % 32 == 0) f.workspace[row] = sum;
  }
}

template <class A>
struct WeightAndGradient {
  A weight, d_score;
};

// Of query row t, which may lie past the end, and a memory row.
template <class T>
__device__ WeightAndGradient<Accumulate<T>> through_softmax(const AttentionBackward<T>& f, std::int64_t b,
                                                            std::int64_t t, std::int64_t queries,
                                                            Accumulate<T> score, Accumulate<T> d_weight) {
  const std::int64_t at = (t < queries ? t : queries - 1) * f.input.batch + b;
  const Accumulate<T> weight = std::exp(score - f.log_sum_exp[at]);
  return {weight, weight * (d_weight - f.workspace[at])};
}

template <class T, int kWidth>
__global__ void __launch_bounds__(kTile) d_query_kernel(AttentionBackward<T> f) {
  using A = Accumulate<T>;
  FAVRAS_SHARED(A, d_scores, [kOwned][kLine]);
  const AttentionInput<T>& in = f.input;
  const auto [b, first, column] = place_of_block<Results<T, kWidth>::kColumns>(in.target);
  const auto queries = rows_of(in, in.query, b, queries_of(in, b));
  const auto d_context = rows_of(in, f.d_context, b, queries.count);
  const auto memory = rows_of(in, in.memory, b, first < queries.count ? in.memory_lengths[b] : 0);
  Results<T, kWidth> d_query(column, in.size);
  for (std::int64_t s = 0; s < memory.count; s += kPassing) {
    const A score = product<kWidth>(queries, first, memory, s, in.size);
    const A d_weight = product<kWidth>(d_context, first, memory, s, in.size);
    d_scores[owned_of_thread()][passing_of_thread()] =
        through_softmax(f, b, first + owned_of_thread(), queries.count, score, d_weight).d_score;
    __syncthreads();
    d_query.add(d_scores, memory, s);
    __syncthreads();
  }
  d_query.write(f.d_query + b * in.size, queries.distance, first, queries.count, in.target);
}

template <class T, int kWidth>
__global__ void __launch_bounds__(kTile) d_memory_kernel(AttentionBackward<T> f) {
  using A = Accumulate<T>;
  FAVRAS_SHARED(A, weights, [kOwned][kLine]);
  FAVRAS_SHARED(A, d_scores, [kOwned][kLine]);
  const AttentionInput<T>& in = f.input;
  const auto [b, first, column] = place_of_block<Results<T, kWidth>::kColumns>(in.source);
  const auto memory = rows_of(in, in.memory, b, in.memory_lengths[b]);
  const auto queries = rows_of(in, in.query, b, first < memory.count ? queries_of(in, b) : 0);
  const auto d_context = rows_of(in, f.d_context, b, queries.count);
  Results<T, kWidth> d_memory(column, in.size);
  for (std::int64_t t = 0; t < queries.count; t += kPassing) {
    const A score = product<kWidth>(memory, first, queries, t, in.size);
    const A d_weight = product<kWidth>(memory, first, d_context, t, in.size);
    const auto [weight, d_score] =
        through_softmax(f, b, t + passing_of_thread(), queries.count, score, d_weight);
    weights[owned_of_thread()][passing_of_thread()] = weight;
    d_scores[owned_of_thread()][passing_of_thread()] = d_score;
    __syncthreads();
    d_memory.add(d_scores, queries, t);
    d_memory.add(weights, d_context, t);
    __syncthreads();
  }
  d_memory.write(f.d_memory + b * in.size, memory.distance, first, memory.count, in.source);
}

// A grid over the batch, the rows that blocks own, and the columns of their results.
template <class T, int kWidth, class Arguments>
void launch_tiles(const Context& context, void (*kernel)(Arguments), std::int64_t owned,
                  const Arguments& arguments) {
  constexpr std::int64_t kColumns = Results<T, kWidth>::kColumns;
  const AttentionInput<T>& in = arguments.input;
  const std::int64_t blocks = in.batch * ((owned + kOwned - 1) / kOwned);
  const std::int64_t across = std::max<std::int64_t>(1, (in.size + kColumns - 1) / kColumns);
  if (blocks == 0) return;
  FAVRAS_CUDA_CHECK(launch(kernel, dim3(static_cast<unsigned>(blocks), static_cast<unsigned>(across)), kTile,
                           0, context.stream, arguments));
}

template <int kWidth, class T>
void launch_backward(const Context& context, const AttentionBackward<T>& f) {
  if (f.d_query) launch_tiles<T, kWidth>(context, d_query_kernel<T, kWidth>, f.input.target, f);
  if (f.d_memory) launch_tiles<T, kWidth>(context, d_memory_kernel<T, kWidth>, f.input.source, f);
}

}  // namespace

template <class T>
void attention_forward(Context& context, const AttentionForward<T>& f) {
  if (allows_wide(f.input.size, f.input.query, f.input.memory, f.context))
    launch_tiles<T, kNeighbours<T>>(context, forward_kernel<T, kNeighbours<T>>, f.input.target, f);
  else
    launch_tiles<T, 1>(context, forward_kernel<T, 1>, f.input.target, f);
}

template <class T>
void attention_backward(Context& context, const AttentionBackward<T>& f) {
  const std::int64_t rows = f.input.target * f.input.batch;
  if (rows > 0)
    FAVRAS_CUDA_CHECK(
        launch(sum_kernel<T>, blocks_for(context, rows, kThreads / 32), kThreads, 0, context.stream, f));
  if (allows_wide(f.input.size, f.input.query, f.input.memory, f.d_context, f.d_query, f.d_memory))
    launch_backward<kNeighbours<T>>(context, f);
  else
    launch_backward<1>(context, f);
}

template void attention_forward(Context&, const AttentionForward<float>&);
template void attention_forward(Context&, const AttentionForward<double>&);
template void attention_forward(Context&, const AttentionForward<bfloat16>&);
template void attention_backward(Context&, const AttentionBackward<float>&);
template void attention_backward(Context&, const AttentionBackward<double>&);
template void attention_backward(Context&, const AttentionBackward<bfloat16>&);

}  // namespace favras::kernels::cuda
