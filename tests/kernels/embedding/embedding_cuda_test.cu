// The embedding on CUDA gives the CPU's bits, forward and backward.
#include <boost/test/unit_test.hpp>

#include "kernels/embedding/embedding.h"
#include "tests/kernels/device_numbers.h"
#include "tests/simt/every_order.h"

namespace favras::kernels {

using namespace favras::test;

namespace {

struct Shape {
  std::int64_t rows, vocabulary, columns;
};
using Ids = std::vector<std::int32_t>;

template <class T>
std::vector<T> forward(const Shape& s, const Ids& ids, const std::vector<T>& table, std::size_t shift = 0) {
  const DeviceNumbers<T> from(table, shift), to(std::vector<T>(s.rows * s.columns, kNan<T>), shift);
  const DeviceNumbers<std::int32_t> rows(ids);
  cuda::Context context;
  embedding_forward(context, EmbeddingForward<T>{.rows = s.rows,
                                                 .vocabulary = s.vocabulary,
                                                 .columns = s.columns,
                                                 .ids = rows.data(),
                                                 .table = from.data(),
                                                 .y = to.data()});
  BOOST_TEST((from.intact() && to.intact()));
  return to.values();
}

template <class T>
std::vector<T> forward_on_cpu(const Shape& s, const Ids& ids, const std::vector<T>& numbers) {
  const auto table = widened(numbers);
  std::vector<Accumulate<T>> y(s.rows * s.columns);
  cpu::Context context;
  embedding_forward(context, EmbeddingForward<Accumulate<T>>{.rows = s.rows,
                                                             .vocabulary = s.vocabulary,
                                                             .columns = s.columns,
                                                             .ids = ids.data(),
                                                             .table = table.data(),
                                                             .y = y.data()});
  return rounded<T>(y);
}

template <class T>
std::vector<Accumulate<T>> backward(const Shape& s, const Ids& ids, const std::vector<T>& dy,
                                    const std::vector<Accumulate<T>>& before, Accumulate<T> beta,
                                    std::size_t shift = 0) {
  const DeviceNumbers<T> from(dy, shift);
  const DeviceNumbers<Accumulate<T>> to(before, shift);
  const DeviceNumbers<std::int32_t> rows(ids);
  cuda::Context context;
  embedding_backward(context, EmbeddingBackward<T>{.rows = s.rows,
                                                   .vocabulary = s.vocabulary,
                                                   .columns = s.columns,
                                                   .ids = rows.data(),
                                                   .dy = from.data(),
                                                   .d_table = to.data(),
                                                   .beta = beta});
  BOOST_TEST((from.intact() && to.intact()));
  return to.values();
}

template <class A>
std::vector<A> backward_on_cpu(const Shape& s, const Ids& ids, const std::vector<A>& dy,
                               std::vector<A> d_table, A beta) {
  cpu::Context context;
  embedding_backward(context, EmbeddingBackward<A>{.rows = s.rows,
                                                   .vocabulary = s.vocabulary,
                                                   .columns = s.columns,
                                                   .ids = ids.data(),
                                                   .dy = dy.data(),
                                                   .d_table = d_table.data(),
                                                   .beta = beta});
  return d_table;
}

// Ids of which some are negative and some never occur.
Ids some_ids(const Shape& s) {
  Ids ids = random_ids(s.rows, static_cast<std::int32_t>(s.vocabulary), 1);
  for (std::size_t i = 20; i < ids.size(); i += 30) ids[i] = -1;
  return ids;
}

template <class T>
void check_backward(const Shape& s, const Ids& ids, Accumulate<T> beta, std::size_t shift = 0) {
  using A = Accumulate<T>;
  const auto dy = normal_numbers<T>(s.rows * s.columns, 2);
  const auto before = beta == A(0) ? std::vector<A>(s.vocabulary * s.columns, kNan<A>)
                                   : normal_numbers<A>(s.vocabulary * s.columns, 3);
  BOOST_TEST(same_bits(backward(s, ids, dy, before, beta, shift),
                       backward_on_cpu(s, ids, widened(dy), before, beta)));
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(embedding_forward_copies_rows, T, CudaTypes) {
  for (const std::int64_t rows : kRowCounts)
    for (const std::int64_t columns : kColumnCounts) {
      const Shape s{rows, 11, columns};
      const auto table = normal_numbers<T>(11 * columns, 1);
      const Ids ids = random_ids(rows, 11, 2);
      BOOST_TEST(same_bits(forward(s, ids, table), forward_on_cpu(s, ids, table)));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(embedding_backward_has_the_cpus_bits, T, CudaTypes) {
  for (const std::int64_t rows : kRowCounts)
    for (const std::int64_t columns : kColumnCounts)
      for (const float beta : {0.0f, 1.0f, 0.5f}) {
        const Shape s{rows, 11, columns};
        check_backward<T>(s, some_ids(s), beta);
      }
}

// More rows than are read at a time, of one id and of few: more than are added at a time.
BOOST_AUTO_TEST_CASE_TEMPLATE(embedding_backward_adds_many_rows_of_one_id, T, CudaTypes) {
  for (const std::int64_t columns : {8, 9}) {
    check_backward<T>({300, 3, columns}, Ids(300, 1), 1);
    check_backward<T>({300, 3, columns}, random_ids(300, 3, 1), 1);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(embedding_takes_any_address_and_loops_over_the_grid, T, CudaTypes) {
  const Shape s{40, 100, 40};
  const Ids ids = random_ids(s.rows, 100, 2), more_ids = random_ids(90, 100, 2);
  const auto table = normal_numbers<T>(100 * 40, 1);
  for (const std::size_t shift : {0, 1, 2, 3}) {
    BOOST_TEST(same_bits(forward({90, 100, 40}, more_ids, table, shift),
                         forward_on_cpu({90, 100, 40}, more_ids, table)));
    check_backward<T>(s, ids, 1, shift);
  }
}

BOOST_AUTO_TEST_CASE(embedding_backward_is_the_same_in_every_order) {
  const Shape s{140, 5, 12};
  const auto dy = normal_numbers<float>(140 * 12, 2), before = normal_numbers<float>(5 * 12, 3);
  simt::same_in_every_order([&] { return backward(s, some_ids(s), dy, before, 1.0f); });
}

}  // namespace favras::kernels
