// The figures of the training log: which lines they look at, and that they are those of the model.
#include "apps/seq2seq/training/validation.h"

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq {

namespace {

Dataset make_dataset(std::size_t validation_lines, const std::string& task = "pairs") {
  Dataset dataset{.directory = "",
                  .task = task,
                  .fingerprint = "",
                  .vocabulary = Vocabulary(U"abcdefgh "),
                  .train = {},
                  .validation = {},
                  .data_seed = 1,
                  .maximum_length = 60};
  for (std::size_t i = 0; i < validation_lines; ++i) {
    std::string target;
    for (std::size_t n = i; target.size() < 1 + i % 37; n = n * 31 + 7)
      target += static_cast<char>('a' + n % 8);
    std::string source = i % 4 ? target + "a" : target;  // every fourth needs no correction
    dataset.validation.push_back({target, task == "text" ? "" : source, i});
  }
  return dataset;
}

struct Tested {
  Dataset dataset;
  LineSource lines{dataset};
  Model model{{.vocabulary = 13,
               .rnn_size = 40,
               .num_layers = 1,
               .encoding_embedding_size = 5,
               .decoding_embedding_size = 5},
              4};

  Validation validation(std::int64_t batch_size = 50) const { return {dataset, lines, batch_size, Device{}}; }

  // One line at a time.
  double mean_loss(std::size_t first_lines) const {
    const NoGradient no_gradient;
    double sum = 0.0, count = 0.0;
    for (std::size_t i = 0; i < first_lines; ++i) {
      const Batch batch = upload(lines.batch(std::array{&dataset.validation[i]}, 1, kFrozenNoise));
      const Loss loss = model.loss(batch, 1.0f, DeviceStepState());
      sum += loss.sum.to_host<float>()[0];
      count += static_cast<double>(count_characters(dataset.validation[i].target) + 1);
    }
    return sum / count;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_loss_is_the_mean_over_target_characters) {
  for (const char* task : {"pairs", "text"}) {
    const Tested tested{make_dataset(300, task)};
    const double expected = tested.mean_loss(300);
    for (const std::int64_t batch_size : {1, 7, 50, 300, 1000})
      BOOST_TEST(tested.validation(batch_size).loss(tested.model) == expected,
                 boost::test_tools::tolerance(1e-6));
  }
}

BOOST_AUTO_TEST_CASE(the_loss_says_when_a_batch_is_done) {
  const Tested tested{make_dataset(120)};
  int batches = 0;
  tested.validation(50).loss(tested.model, [&] { ++batches; });
  BOOST_TEST(batches == 3);
}

BOOST_AUTO_TEST_CASE(the_loss_looks_at_the_first_2048_lines) {
  const Tested tested{make_dataset(2100)};
  BOOST_TEST(tested.validation().loss(tested.model) == tested.mean_loss(2048),
             boost::test_tools::tolerance(1e-6));
  BOOST_TEST(std::abs(tested.mean_loss(2048) - tested.mean_loss(2100)) > 1e-5);  // or else nothing is shown
}

BOOST_AUTO_TEST_CASE(the_accuracy_is_that_of_the_decoded_lines) {
  Tested tested{make_dataset(400)};
  // Targets that the model gets right: what it writes for the line.
  const Corrector corrector(tested.model, tested.dataset.vocabulary, 60);
  std::size_t right = 0;
  for (std::size_t i = 0; i < 400; i += 5) {
    Line& line = tested.dataset.validation[i];
    line.target = corrector.decode(std::vector{line.source}).front();
    ++right;
  }
  std::size_t untouched = 0, exact = 0;
  for (const Line& line : tested.dataset.validation) {
    untouched += line.source == line.target;
    exact += corrector.decode(std::vector{line.source}).front() == line.target;
  }
  const Validation::Accuracy accuracy = tested.validation().accuracy(tested.model).value();
  BOOST_TEST(accuracy.lines == 400u);
  BOOST_TEST(exact >= right);
  BOOST_TEST(accuracy.model == static_cast<double>(exact) / 400);
  BOOST_TEST(accuracy.do_nothing == static_cast<double>(untouched) / 400);
  // Examples: the first that were mended, then the first that are not right.
  std::vector<const Line*> mended, wrong;
  for (const Line& line : tested.dataset.validation) {
    const bool is_exact = corrector.decode(std::vector{line.source}).front() == line.target;
    if (is_exact && line.source != line.target && mended.size() < 4) mended.push_back(&line);
    if (!is_exact && wrong.size() < 4) wrong.push_back(&line);
  }
  mended.insert(mended.end(), wrong.begin(), wrong.end());
  BOOST_TEST_REQUIRE(accuracy.examples.size() == mended.size());
  for (std::size_t i = 0; i < mended.size(); ++i) {
    BOOST_TEST(accuracy.examples[i].noisy == mended[i]->source);
    BOOST_TEST(accuracy.examples[i].clean == mended[i]->target);
    BOOST_TEST(accuracy.examples[i].output == corrector.decode(std::vector{mended[i]->source}).front());
  }
}

BOOST_AUTO_TEST_CASE(the_accuracy_can_be_stopped_after_a_thousand_lines) {
  const auto asked = [](std::size_t lines, bool stop) {
    const Tested tested{make_dataset(lines)};
    int times = 0;
    const auto accuracy = tested.validation().accuracy(tested.model, [&] {
      ++times;
      return stop;
    });
    return std::pair(times, accuracy.has_value());
  };
  BOOST_TEST((asked(1000, true) == std::pair(0, true)));
  BOOST_TEST((asked(2500, false) == std::pair(2, true)));
  BOOST_TEST((asked(2500, true) == std::pair(1, false)));
}

BOOST_AUTO_TEST_CASE(the_accuracy_looks_at_the_first_10000_lines) {
  Tested tested{make_dataset(10'003)};
  for (std::size_t i = 0; i < tested.dataset.validation.size(); ++i)
    tested.dataset.validation[i].source = i < 10'000 ? "a" : tested.dataset.validation[i].target;
  for (std::size_t i = 0; i < 10'000; ++i) tested.dataset.validation[i].target = i < 2500 ? "a" : "b";
  const Validation::Accuracy accuracy = tested.validation().accuracy(tested.model).value();
  BOOST_TEST(accuracy.lines == 10'000u);
  BOOST_TEST(accuracy.do_nothing == 0.25);
}

BOOST_AUTO_TEST_CASE(without_lines_there_is_no_loss_and_no_accuracy) {
  const Tested tested{make_dataset(0)};
  const Validation validation = tested.validation();
  BOOST_TEST(validation.empty());
  BOOST_TEST(std::isnan(validation.loss(tested.model)));
  BOOST_TEST(validation.accuracy(tested.model)->lines == 0u);
  BOOST_TEST(std::isnan(validation.accuracy(tested.model)->model));
}

}  // namespace favras::seq2seq
