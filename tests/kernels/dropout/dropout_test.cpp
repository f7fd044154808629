#include "kernels/dropout/dropout.h"

#include <boost/test/unit_test.hpp>

#include "kernels/common/philox.h"
#include "kernels/dropout/dropout_mask_cpu.h"
#include "tests/support/instruction_sets.h"
#include "tests/support/numbers.h"

namespace favras::kernels {

using namespace favras::test;

const StepState kState{.seed = 0x123456789abcdef0, .step = 0x500000007};

// The mask as its contract reads.
template <class T>
std::vector<T> expected_row(const DropoutMask& mask, std::int64_t row, std::int64_t columns) {
  std::vector<T> scale;
  for (std::int64_t c = 0; c < columns; ++c) {
    const auto block = static_cast<std::uint32_t>(row * ((columns + 3) / 4) + c / 4);
    const std::uint32_t word = philox_at(mask.state->seed, mask.state->step, mask.stream, block)[c % 4];
    scale.push_back(word < dropout_threshold(mask.keep) ? T(1) / static_cast<T>(mask.keep) : T(0));
  }
  return scale;
}

BOOST_AUTO_TEST_CASE_TEMPLATE(mask_is_philox_word_by_word, T, NumberTypes) {
  for_each_instruction_set([] {
    for (const std::int64_t columns : kSizes)
      for (const std::int64_t row : {0, 1, 77, 900'000'000})  // the last one's blocks pass 2^32
        for (const float keep : {0.5f, 0.85f, 1e-12f, 0.99999994f}) {
          const DropoutMask mask{.keep = keep, .stream = 9, .state = &kState};
          Guarded<T> scale(std::vector<T>(columns, kNan<T>));
          cpu::dropout_mask_row(mask, row, columns, scale.data());
          BOOST_TEST(same_bits(scale.numbers(), expected_row<T>(mask, row, columns)));
          BOOST_TEST(scale.intact());
        }
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(multiplies_by_the_mask, T, NumberTypes) {
  const DropoutMask mask{.keep = 0.7f, .stream = 3, .state = &kState};
  for_each_instruction_set([&] {
    for (const std::int64_t columns : kSizes)
      for (const std::int64_t rows : {0, 1, 3, 200}) {
        auto x = normal_numbers<T>(rows * columns, 1);
        if (!x.empty()) x.back() = kNan<T>;  // a NaN stays, dropped or kept
        std::vector<T> expected;
        for (std::int64_t r = 0; r < rows; ++r)
          for (const T scale : expected_row<T>(mask, r, columns))
            expected.push_back(scale * x[expected.size()]);
        for (const int threads : kThreadCounts)
          for (const bool in_place : {false, true}) {
            cpu::Context context{threads};
            Guarded<T> y(in_place ? x : std::vector<T>(x.size()));
            dropout(context, Dropout<T>{.rows = rows,
                                        .columns = columns,
                                        .mask = mask,
                                        .x = in_place ? y.data() : x.data(),
                                        .y = y.data()});
            BOOST_TEST(largest_error(y.numbers(), {expected.begin(), expected.end()}) == 0.0);
            BOOST_TEST(y.intact());
          }
      }
  });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(keeping_all_copies_and_needs_no_state, T, NumberTypes) {
  const auto x = normal_numbers<T>(3 * 33, 1);
  Guarded<T> y(std::vector<T>(x.size()));
  cpu::Context context{2};
  dropout(context, Dropout<T>{.rows = 3, .columns = 33, .x = x.data(), .y = y.data()});
  BOOST_TEST(same_bits(y.numbers(), x));
  BOOST_TEST(y.intact());
}

// How often two masks of a million elements agree, in standard deviations from independence.
double deviation_of_agreement(const std::vector<bool>& a, const std::vector<bool>& b, double keep) {
  double agree = 0;
  for (std::size_t i = 0; i < a.size(); ++i) agree += a[i] == b[i];
  const double p = keep * keep + (1 - keep) * (1 - keep), n = static_cast<double>(a.size());
  return (agree - n * p) / std::sqrt(n * p * (1 - p));
}

std::vector<bool> kept_of(std::uint64_t seed, std::uint64_t step, std::uint32_t stream, float keep) {
  constexpr std::int64_t kRows = 2000, kColumns = 500;
  const StepState state{.seed = seed, .step = step};
  std::vector<float> scale(kColumns);
  std::vector<bool> kept;
  for (std::int64_t row = 0; row < kRows; ++row) {
    cpu::dropout_mask_row({.keep = keep, .stream = stream, .state = &state}, row, kColumns, scale.data());
    for (const float s : scale) kept.push_back(s != 0.0f);
  }
  return kept;
}

BOOST_AUTO_TEST_CASE(masks_keep_their_share_and_are_independent) {
  for (const float keep : {0.1f, 0.5f, 0.85f}) {
    const std::vector<bool> mask = kept_of(1, 1, 0, keep);
    const double n = static_cast<double>(mask.size()),
                 count = static_cast<double>(std::ranges::count(mask, true));
    BOOST_TEST(std::abs(count - n * keep) / std::sqrt(n * keep * (1 - keep)) < 5);
    BOOST_TEST(std::abs(deviation_of_agreement(mask, kept_of(2, 1, 0, keep), keep)) < 5);
    BOOST_TEST(std::abs(deviation_of_agreement(mask, kept_of(1, 2, 0, keep), keep)) < 5);
    BOOST_TEST(std::abs(deviation_of_agreement(mask, kept_of(1, 1, 1, keep), keep)) < 5);
    std::vector<bool> neighbour(mask.begin() + 1, mask.end());
    neighbour.push_back(mask.front());
    BOOST_TEST(std::abs(deviation_of_agreement(mask, neighbour, keep)) < 5);
  }
}

}  // namespace favras::kernels
