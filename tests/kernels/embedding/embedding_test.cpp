#include "kernels/embedding/embedding.h"

#include <boost/test/unit_test.hpp>

#include "tests/support/instruction_sets.h"
#include "tests/support/numbers.h"

namespace favras::kernels {

using namespace favras::test;

constexpr std::int32_t kVocabulary = 11;

BOOST_AUTO_TEST_CASE_TEMPLATE(forward_copies_rows, T, NumberTypes) {
  for (const std::int64_t columns : kSizes)
    for (const std::int64_t rows : {0, 1, 33, 200}) {
      const auto table = normal_numbers<T>(kVocabulary * columns, 1);
      const auto ids = random_ids(rows, kVocabulary, 2);
      std::vector<T> expected;
      for (const std::int32_t id : ids)
        expected.insert(expected.end(), table.begin() + id * columns, table.begin() + (id + 1) * columns);
      for (const int threads : kThreadCounts) {
        cpu::Context context{threads};
        Guarded<T> y(std::vector<T>(rows * columns));
        embedding_forward(context, EmbeddingForward<T>{.rows = rows,
                                                       .vocabulary = kVocabulary,
                                                       .columns = columns,
                                                       .ids = ids.data(),
                                                       .table = table.data(),
                                                       .y = y.data()});
        BOOST_TEST(same_bits(y.numbers(), expected));
        BOOST_TEST(y.intact());
      }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(backward_sums_in_row_order_and_skips_negative_ids, T, NumberTypes) {
  for_each_instruction_set([] {
    for (const std::int64_t columns : kSizes)
      for (const std::int64_t rows : {0, 1, 33, 200})
        for (const T beta : {T(0), T(1), T(0.5)}) {
          auto ids = random_ids(rows, kVocabulary, 1);
          if (rows > 20) ids[20] = -1;
          const auto dy = normal_numbers<T>(rows * columns, 2);
          const auto before = beta == T(0) ? std::vector<T>(kVocabulary * columns, kNan<T>)
                                           : normal_numbers<T>(kVocabulary * columns, 3);
          std::vector<T> expected(
              before.size());  // in the order that the contract names, hence the same bits
          if (beta != T(0))
            for (std::size_t i = 0; i < before.size(); ++i) expected[i] = beta * before[i];
          for (std::int64_t r = 0; r < rows; ++r)
            for (std::int64_t c = 0; ids[r] >= 0 && c < columns; ++c)
              expected[ids[r] * columns + c] += dy[r * columns + c];
          for (const int threads : kThreadCounts) {
            cpu::Context context{threads};
            Guarded<T> table(before);
            embedding_backward(context, EmbeddingBackward<T>{.rows = rows,
                                                             .vocabulary = kVocabulary,
                                                             .columns = columns,
                                                             .ids = ids.data(),
                                                             .dy = dy.data(),
                                                             .d_table = table.data(),
                                                             .beta = beta});
            BOOST_TEST(same_bits(table.numbers(), expected));
            BOOST_TEST(table.intact());
          }
        }
  });
}

}  // namespace favras::kernels
