// Attention for the kernels' tests: problems, and what they should give, as the equations read, in double.
#pragma once

#include <ostream>

#include <boost/test/unit_test.hpp>

#include "kernels/attention/attention.h"
#include "tests/support/numbers.h"

namespace favras::test {

struct AttentionCase {
  std::int64_t target, batch, source, size;
  bool query_lengths = true;
  double scale = 1.0;  // of the scores
};

inline std::ostream& operator<<(std::ostream& out, const AttentionCase& c) {
  return out << "T " << c.target << " B " << c.batch << " S " << c.source << " M " << c.size
             << (c.query_lengths ? "" : " no query lengths") << " scale " << c.scale;
}

// Ragged, from whole to nothing: what lies past the ends is NaN.
template <class T>
struct AttentionProblem {
  std::int64_t target, batch, source, size;
  std::vector<std::int32_t> memory_lengths, query_lengths;  // the latter may be empty
  std::vector<T> query, memory, d_context;

  explicit AttentionProblem(const AttentionCase& c)
      : target(c.target), batch(c.batch), source(c.source), size(c.size) {
    for (std::int64_t b = 0; b < batch; ++b) {
      memory_lengths.push_back(static_cast<std::int32_t>(source - 7 * b % (source + 1)));
      if (c.query_lengths) query_lengths.push_back(static_cast<std::int32_t>(target - 5 * b % (target + 1)));
    }
    const double deviation = c.scale / std::sqrt(std::max<double>(1.0, static_cast<double>(size)));
    query = normal_numbers<T>(target * batch * size, 1, deviation);
    memory = normal_numbers<T>(source * batch * size, 2);
    d_context = normal_numbers<T>(target * batch * size, 3, 0.5);
    for (std::int64_t b = 0; b < batch; ++b) {
      for (std::int64_t t = queries(b); t < target; ++t)
        for (std::vector<T>* const rows : {&query, &d_context})
          std::fill_n(rows->begin() + at(t, b), size, kNan<T>);
      for (std::int64_t s = memory_lengths[b]; s < source; ++s)
        std::fill_n(memory.begin() + at(s, b), size, kNan<T>);
    }
  }

  std::int64_t queries(std::int64_t b) const { return query_lengths.empty() ? target : query_lengths[b]; }
  std::int64_t at(std::int64_t row, std::int64_t b) const { return (row * batch + b) * size; }
};

template <class T>
struct AttentionResult {
  std::vector<T> context;
  std::vector<Accumulate<T>> log_sum_exp, weights;
  std::vector<T> d_query, d_memory;

  // Full of NaN.
  template <class U>
  explicit AttentionResult(const AttentionProblem<U>& p, double filling = NAN)
      : context(p.query.size(), T(static_cast<Accumulate<T>>(filling))),
        log_sum_exp(p.target * p.batch, static_cast<Accumulate<T>>(filling)),
        weights(p.target * p.batch * p.source, static_cast<Accumulate<T>>(filling)),
        d_query(context),
        d_memory(p.memory.size(), T(static_cast<Accumulate<T>>(filling))) {}
};

// One query's part of the gradients, after its weights. The sum of weight d_weight is the product of context
// and d_context, too: of the context as it was stored, if there is one.
template <class T>
void expect_gradients(const AttentionProblem<T>& p, std::int64_t t, std::int64_t b,
                      const std::vector<T>* stored_context, AttentionResult<double>& e) {
  const double* const weights = e.weights.data() + (t * p.batch + b) * p.source;
  const auto d_weight = [&](std::int64_t s) {
    double sum = 0;
    for (std::int64_t m = 0; m < p.size; ++m)
      sum += double(Accumulate<T>(p.d_context[p.at(t, b) + m])) *
             double(Accumulate<T>(p.memory[p.at(s, b) + m]));
    return sum;
  };
  double mean = 0;
  if (stored_context)
    for (std::int64_t m = p.at(t, b); m < p.at(t, b) + p.size; ++m)
      mean += double(Accumulate<T>(p.d_context[m])) * double(Accumulate<T>((*stored_context)[m]));
  else
    for (std::int64_t s = 0; s < p.memory_lengths[b]; ++s) mean += weights[s] * d_weight(s);
  for (std::int64_t s = 0; s < p.memory_lengths[b]; ++s) {
    const double d_score = weights[s] * (d_weight(s) - mean);
    for (std::int64_t m = 0; m < p.size; ++m) {
      e.d_query[p.at(t, b) + m] += d_score * double(Accumulate<T>(p.memory[p.at(s, b) + m]));
      e.d_memory[p.at(s, b) + m] += d_score * double(Accumulate<T>(p.query[p.at(t, b) + m])) +
                                    weights[s] * double(Accumulate<T>(p.d_context[p.at(t, b) + m]));
    }
  }
}

template <class T>
AttentionResult<double> expected_of(const AttentionProblem<T>& p,
                                    const std::vector<T>* stored_context = nullptr) {
  AttentionResult<double> e(p, 0.0);
  std::ranges::fill(e.log_sum_exp, -INFINITY);
  for (std::int64_t b = 0; b < p.batch; ++b)
    for (std::int64_t t = 0; t < p.queries(b) && p.memory_lengths[b] > 0; ++t) {
      const std::int64_t row = t * p.batch + b;
      std::vector<double> scores(p.memory_lengths[b]);
      for (std::size_t s = 0; s < scores.size(); ++s)
        for (std::int64_t m = 0; m < p.size; ++m)
          scores[s] += double(Accumulate<T>(p.query[p.at(t, b) + m])) *
                       double(Accumulate<T>(p.memory[p.at(static_cast<std::int64_t>(s), b) + m]));
      const double largest = *std::ranges::max_element(scores);
      double sum = 0;
      for (const double score : scores) sum += std::exp(score - largest);
      e.log_sum_exp[row] = largest + std::log(sum);
      for (std::size_t s = 0; s < scores.size(); ++s) {
        const double weight = e.weights[row * p.source + s] = std::exp(scores[s] - largest) / sum;
        for (std::int64_t m = 0; m < p.size; ++m)
          e.context[p.at(t, b) + m] +=
              weight * double(Accumulate<T>(p.memory[p.at(static_cast<std::int64_t>(s), b) + m]));
      }
      expect_gradients(p, t, b, stored_context, e);
    }
  return e;
}

template <class T>
bool same_bits(const AttentionResult<T>& a, const AttentionResult<T>& b) {
  return same_bits(a.context, b.context) && same_bits(a.log_sum_exp, b.log_sum_exp) &&
         same_bits(a.weights, b.weights) && same_bits(a.d_query, b.d_query) &&
         same_bits(a.d_memory, b.d_memory);
}

template <class T>
struct AttentionErrors {
  double full, stored;  // of what is kept in the type of arithmetic, and in T
};

// What sums of so many products may differ by.
template <class T>
double tolerance_of(const AttentionCase& c) {
  return 32 * std::max(1.0, c.scale) * std::max(1.0, static_cast<double>(c.size) / 64) *
         kEpsilon<Accumulate<T>>;
}
// And by one rounding to T.
template <class T>
constexpr double kStored = sizeof(T) == 2 ? kEpsilon<T> / 2 : 0.0;

template <class T>
AttentionErrors<T> errors_of(const AttentionResult<T>& actual, const AttentionResult<double>& expected) {
  return {std::max(largest_error(actual.log_sum_exp, expected.log_sum_exp),
                   largest_error(actual.weights, expected.weights)),
          std::max({largest_error(actual.context, expected.context),
                    largest_error(actual.d_query, expected.d_query),
                    largest_error(actual.d_memory, expected.d_memory)})};
}

// Which outputs are asked for.
struct Wanted {
  bool weights = true, d_query = true, d_memory = true;
};

// run(problem, wanted). The others' bits are as if all were asked for, and nobody writes to a null.
template <class T, class Run>
void check_that_outputs_may_be_left_out(const Run& run) {
  const AttentionProblem<T> problem({9, 3, 8, 16});
  const AttentionResult<T> all = run(problem, Wanted{}), nothing(problem);
  for (const Wanted wanted : {Wanted{false, true, true}, {true, false, true}, {true, true, false}}) {
    AttentionResult<T> expected = all;
    if (!wanted.weights) expected.weights = nothing.weights;
    if (!wanted.d_query) expected.d_query = nothing.d_query;
    if (!wanted.d_memory) expected.d_memory = nothing.d_memory;
    BOOST_TEST(same_bits(run(problem, wanted), expected));
  }
}

// In the first memory row, and in the last of `source`.
template <class T, class Run>
void check_that_a_nan_spoils_its_batch_row_alone(std::int32_t source, const Run& run) {
  const AttentionCase c{6, 3, source, 8, false};
  for (const std::int64_t s : {std::int64_t{0}, c.source - 1}) {
    AttentionProblem<T> problem(c);
    problem.memory_lengths = {source, source, 5};
    problem.memory = normal_numbers<T>(c.source * c.batch * c.size, 2);
    problem.memory[problem.at(s, 1) + 7] = kNan<T>;
    const AttentionResult<T> result = run(problem, Wanted{});
    for (std::int64_t t = 0; t < c.target; ++t)
      for (std::int64_t b = 0; b < c.batch; ++b) {
        BOOST_TEST(std::isnan(result.log_sum_exp[t * c.batch + b]) == (b == 1));
        for (std::int64_t m = 0; m < c.size; ++m) {
          BOOST_TEST(std::isnan(Accumulate<T>(result.context[problem.at(t, b) + m])) == (b == 1));
          BOOST_TEST(std::isnan(Accumulate<T>(result.d_query[problem.at(t, b) + m])) == (b == 1));
        }
      }
  }
}

}  // namespace favras::test
