// Rows of a table and the table's gradient.
#include "engine/ops/embedding.h"

#include <boost/test/unit_test.hpp>

#include "tests/engine/engine_test_support.h"
#include "tests/support/gradcheck.h"

using namespace favras;
using namespace favras::test;

BOOST_TEST_GLOBAL_FIXTURE(OneThread);

namespace {

struct Case {
  std::int64_t vocabulary, columns;
  Shape ids;
};

const std::vector<Case> kCases = {{1, 1, {1}},     {2, 1, {}},       {5, 31, {31}},     {7, 32, {4, 8}},
                                  {3, 33, {2, 3}}, {11, 7, {33, 1}}, {6, 5, {2, 3, 4}}, {33, 2, {32}}};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << "V" << c.vocabulary << " C" << c.columns << " ids " << to_string(c.ids);
}

// Some rows are named often; the last one never, if there is another.
Tensor ids_of(const Case& c, Device device) {
  const auto rows = static_cast<std::int32_t>(std::max<std::int64_t>(1, c.vocabulary - 1));
  std::vector<std::int32_t> ids;
  for (std::int32_t i = 0; i < element_count(c.ids); ++i) ids.push_back(i * i % rows);
  return Tensor::from(ids, c.ids, device);
}

Tensor row_ids(std::vector<std::int32_t> ids, Device device) {
  const auto count = static_cast<std::int64_t>(ids.size());
  return Tensor::from(ids, {count}, device);
}

template <class T>
void check_rows(const Case& c, Device device) {
  const std::vector<double> numbers = random_tensor({c.vocabulary, c.columns}, 1).to_host<double>();
  const std::vector<T> table(numbers.begin(), numbers.end());
  const Tensor ids = ids_of(c, device);
  const Tensor y = embedding(Variable(Tensor::from(table, {c.vocabulary, c.columns}, device)), ids).value();
  Shape shape = c.ids;
  shape.push_back(c.columns);
  BOOST_TEST(y.shape() == shape, boost::test_tools::per_element());
  std::vector<T> expected;
  for (const std::int32_t id : ids.to_host<std::int32_t>())
    expected.insert(expected.end(), table.begin() + id * c.columns, table.begin() + (id + 1) * c.columns);
  BOOST_TEST(y.to_host<T>() == expected, boost::test_tools::per_element());
}

}  // namespace

FAVRAS_DEVICE_TEST_CASE(gives_the_rows_that_the_ids_name) {
  for (const Case& c : kCases) BOOST_TEST_CONTEXT(c) {
      check_rows<float>(c, device);
      check_rows<double>(c, device);
    }
}

FAVRAS_DEVICE_TEST_CASE(gradients_equal_differences) {
  for (const Case& c : kCases) BOOST_TEST_CONTEXT(c) {
      const Tensor ids = ids_of(c, device);
      const auto f = [&](std::span<const Variable> v) { return std::vector{embedding(v[0], ids)}; };
      BOOST_TEST(gradient_error(f, {random_tensor({c.vocabulary, c.columns}, 1)}, device) < 1e-6);
    }
}

FAVRAS_DEVICE_TEST_CASE(a_table_used_twice_gets_both_gradients) {
  const auto f = [=](std::span<const Variable> v) {
    const Variable first = embedding(v[0], row_ids({0, 2, 2}, device)),
                   second = embedding(v[0], row_ids({2, 1, 0}, device));
    return std::vector{multiply(first, second), first};
  };
  BOOST_TEST(gradient_error(f, {random_tensor({4, 3}, 1)}, device) < 1e-6);
}

FAVRAS_DEVICE_TEST_CASE(gradients_add_up_over_backwards) {
  const Variable table(moved(random_tensor({4, 2}, 1), device),
                       Tensor::zeros({4, 2}, DType::kFloat64, device));
  const Tensor ones = Tensor::from(std::vector<double>(6, 1.0), {3, 2});
  const auto step = [&](double factor, std::vector<std::int32_t> ids) {
    const Variable rows = embedding(table, row_ids(std::move(ids), device));
    std::vector<Variable> numbers;  // the sum of all elements, times the factor
    for (std::int64_t i = 0; i < 6; ++i) numbers.push_back(gather(rows, {i}, {1}));
    Variable sum = numbers[0];
    for (std::size_t i = 1; i < numbers.size(); ++i) sum = add(sum, numbers[i]);
    backward(scaled(sum, factor));
  };
  step(1.0, {0, 1, 1});
  step(-4.0, {1, 2, 0});
  const std::vector<double> expected{-3, -3, -2, -2, -4, -4, 0, 0};
  BOOST_TEST(table.gradient().to_host<double>() == expected, boost::test_tools::per_element());
}

FAVRAS_DEVICE_TEST_CASE(a_nan_in_a_named_row_reaches_the_output) {
  for (std::int64_t at = 0; at < 4 * 3; ++at) {
    const Tensor table = random_tensor({4, 3}, 1);
    table.data<double>()[at] = NAN;
    const Tensor ids = row_ids({0, 2, 1, 2}, device);  // never row 3
    const double sum =
        weighted_sum({embedding(Variable(moved(table, device)), ids)}, 1).value().to_host<double>()[0];
    BOOST_TEST(std::isnan(sum) == (at < 3 * 3));
  }
}

FAVRAS_DEVICE_TEST_CASE(a_nan_from_above_reaches_the_named_rows) {
  const Variable table(moved(random_tensor({3, 2}, 1), device), true);
  backward(scaled(weighted_sum({embedding(table, row_ids({2, 0}, device))}, 1), NAN));
  const std::vector<double> gradient = table.gradient().to_host<double>();
  for (std::size_t i = 0; i < gradient.size(); ++i) BOOST_TEST(std::isnan(gradient[i]) == (i / 2 != 1));
}

FAVRAS_DEVICE_TEST_CASE(no_ids_give_no_rows_and_no_gradient) {
  const Variable table(moved(random_tensor({3, 2}, 1), device), true);
  const Variable y = embedding(table, Tensor({0, 5}, DType::kInt32, device));
  BOOST_TEST(to_string(y.value().shape()) == "[0, 5, 2]");
  backward(weighted_sum({y}, 1));
  BOOST_TEST(table.gradient().to_host<double>() == std::vector<double>(6), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_named) {
  const auto message = [](const Tensor& table, const Tensor& ids) {
    return message_of<std::invalid_argument>([&] { embedding(Variable(table), ids); });
  };
  const Tensor table = random_tensor({5, 3}, 1), ids = row_ids({1, 2}, kCpu);
  BOOST_TEST(message(random_tensor({5}, 1), ids) == "embedding: table must be [any, any], got [5]");
  BOOST_TEST(message(random_tensor({5, 3, 1}, 1), ids) ==
             "embedding: table must be [any, any], got [5, 3, 1]");
  BOOST_TEST(message(Tensor(), ids) == "embedding: table must be [any, any], got nothing");
  BOOST_TEST(message(Tensor({5, 3}, DType::kInt32), ids) ==
             "embedding: table must be float32, float64 or bfloat16, got int32");
  BOOST_TEST(message(table, random_tensor({2}, 1)) == "embedding: ids must be int32, got float64");
}
