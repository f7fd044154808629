// How lines lie in a batch, and that neither padding nor rows that fill it up have any effect.
#include "apps/seq2seq/model/batch.h"

#include <vector>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "apps/seq2seq/data/vocabulary.h"
#include "apps/seq2seq/model/model.h"
#include "tests/support/fixtures.h"

namespace favras::seq2seq {

namespace {

using test::largest_error;

void check(const Tensor& tensor, const Shape& shape, const Ids& values) {
  BOOST_TEST(tensor.shape() == shape, boost::test_tools::per_element());
  BOOST_TEST(tensor.to_host<std::int32_t>() == values, boost::test_tools::per_element());
}

rc::Gen<Ids> any_line() { return rc::gen::container<Ids>(rc::gen::inRange(kUnk, 12)); }

Model& model() {
  static Model small({.vocabulary = 12,
                      .rnn_size = 7,
                      .num_layers = 2,
                      .encoding_embedding_size = 5,
                      .decoding_embedding_size = 3},
                     11, DType::kFloat64);
  return small;
}

struct LossAndGradient {
  double sum, count;
  Tensor gradient;  // of the sum
};

LossAndGradient loss_of(const Batch& batch) {
  model().parameters().zero_gradients();
  const Loss loss = model().loss(batch, 1.0f, DeviceStepState());
  backward(loss.mean);
  const double count = loss.count.to_host<double>()[0];
  std::vector<double> gradient = model().parameters().gradients().to_host<double>();
  for (double& element : gradient) element *= count;
  return {loss.sum.to_host<double>()[0], count, Tensor::from(gradient, {model().parameters().size()})};
}

}  // namespace

BOOST_AUTO_TEST_CASE(lines_lie_in_columns_by_time) {
  const std::vector<Ids> sources{{4, 5}, {}, {6}}, targets{{7}, {8, 9}, {}};
  const Batch batch = make_batch(sources, targets, 4);
  BOOST_TEST(batch.lines == 3);
  check(batch.source, {2, 4},
        {4, kPad, 6, kPad,  //
         5, kPad, kPad, kPad});
  check(batch.source_lengths, {4}, {2, 0, 1, 0});
  check(batch.decoder_input, {3, 4},
        {kGo, kGo, kGo, kPad,  //
         7, 8, kPad, kPad,     //
         kPad, 9, kPad, kPad});
  check(batch.targets, {3, 4},
        {7, 8, kEos, kPad,     //
         kEos, 9, kPad, kPad,  //
         kPad, kEos, kPad, kPad});
  check(batch.target_lengths, {4}, {2, 3, 1, 0});
  BOOST_TEST(lay_out(sources, targets, 4).target_characters == 2 + 3 + 1);
}

BOOST_AUTO_TEST_CASE(cells_are_counted) {
  const std::vector<Ids> sources{{4, 5}, {}, {6}}, targets{{7}, {8, 9}, {}};
  const Cells exact = lay_out(sources, targets, 4).cells, rounded = lay_out(sources, targets, 4, 4).cells;
  BOOST_TEST((exact == Cells{.filled = 3 + 6, .needed = 4 * (2 + 3), .laid_out = 4 * (2 + 3)}));
  BOOST_TEST((rounded == Cells{.filled = 3 + 6, .needed = 4 * (2 + 3), .laid_out = 4 * (4 + 4)}));
  BOOST_TEST(rounded.padding_share() == 1.0 - 9.0 / 20.0);
  BOOST_TEST(rounded.laid_out_padding_share() == 1.0 - 9.0 / 32.0);
  Cells sum = exact;
  sum += rounded;
  BOOST_TEST((sum == Cells{.filled = 18, .needed = 40, .laid_out = 52}));
  BOOST_TEST(Cells{}.padding_share() == 0.0);
}

BOOST_AUTO_TEST_CASE(lines_come_back_out_of_a_batch) {
  BOOST_TEST(rc::check("there and back", [] {
    const auto lines = *rc::gen::container<std::vector<Ids>>(any_line());
    const auto rows = static_cast<std::int64_t>(lines.size()) + *rc::gen::inRange(0, 4);
    RC_PRE(rows > 0);
    const Batch batch = make_batch(lines, lines, rows);
    const Ids source = batch.source.to_host<std::int32_t>(), target = batch.targets.to_host<std::int32_t>(),
              input = batch.decoder_input.to_host<std::int32_t>();
    RC_ASSERT(input.size() == target.size());
    for (std::int64_t row = 0; row < rows; ++row) {
      Ids line, source_line, target_line, input_line;
      if (row < batch.lines) line = lines[static_cast<std::size_t>(row)];
      for (std::size_t i = row; i < source.size(); i += rows) source_line.push_back(source[i]);
      for (std::size_t i = row; i < target.size(); i += rows) target_line.push_back(target[i]);
      for (std::size_t i = row; i < input.size(); i += rows) input_line.push_back(input[i]);
      Ids ended = line, started = line;
      if (row < batch.lines) {
        ended.push_back(kEos);
        started.insert(started.begin(), kGo);
      }
      line.resize(source_line.size(), kPad);
      ended.resize(target_line.size(), kPad);
      started.resize(input_line.size(), kPad);
      RC_ASSERT(source_line == line);
      RC_ASSERT(target_line == ended);
      RC_ASSERT(input_line == started);
    }
  }));
}

BOOST_AUTO_TEST_CASE(rows_that_fill_up_a_batch_change_neither_loss_nor_gradients) {
  const std::vector<Ids> sources{{4, 5, 6, 11}, {7}, {}}, targets{{5, 4}, {8, 9, 10}, {4}};
  const LossAndGradient exact = loss_of(make_batch(sources, targets, 3)),
                        filled = loss_of(make_batch(sources, targets, 40));
  BOOST_TEST(exact.count == 9.0);  // six characters, three ends of line
  BOOST_TEST(filled.count == 9.0);
  BOOST_TEST(filled.sum == exact.sum, boost::test_tools::tolerance(1e-13));
  BOOST_TEST(largest_error(filled.gradient, exact.gradient) < 1e-13);
}

BOOST_AUTO_TEST_CASE(a_batch_is_the_sum_of_its_lines) {
  const std::vector<Ids> sources{{4, 5, 6, 11, 4, 5}, {7}, {}}, targets{{5, 4}, {8, 9, 10, 11, 4}, {}};
  const LossAndGradient together = loss_of(make_batch(sources, targets, 3));
  double sum = 0.0;
  std::vector<double> gradient(static_cast<std::size_t>(model().parameters().size()), 0.0);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const LossAndGradient alone =
        loss_of(make_batch(std::span(sources).subspan(i, 1), std::span(targets).subspan(i, 1), 1));
    sum += alone.sum;
    const std::vector<double> part = alone.gradient.to_host<double>();
    for (std::size_t e = 0; e < part.size(); ++e) gradient[e] += part[e];
  }
  BOOST_TEST(together.sum == sum, boost::test_tools::tolerance(1e-13));
  BOOST_TEST(largest_error(together.gradient, Tensor::from(gradient, {model().parameters().size()})) < 1e-13);
}

}  // namespace favras::seq2seq
