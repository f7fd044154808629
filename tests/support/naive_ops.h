// Small differentiable operations in double on the CPU, written for clearness: they compose the oracles of
// the fused operations. Inputs may be on any device.
#pragma once

#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

#include "engine/variable.h"
#include "tests/support/devices.h"

namespace favras::test {

// y_i = f(a_i, b_i); df returns the pair of derivatives.
template <class F, class D>
Variable pairwise(const Variable& first, const Variable& second, F f, D df) {
  const Variable a = moved(first, kCpu), b = moved(second, kCpu);
  if (a.value().shape() != b.value().shape()) throw std::logic_error("pairwise: shapes differ");
  Tensor y(a.value().shape(), DType::kFloat64);
  for (std::int64_t i = 0; i < y.elements(); ++i)
    y.data<double>()[i] = f(a.value().data<double>()[i], b.value().data<double>()[i]);
  return record({y}, {a, b}, [a, b, df](std::span<const Tensor> dy) {
    Tensor da(a.value().shape(), DType::kFloat64), db(b.value().shape(), DType::kFloat64);
    for (std::int64_t i = 0; i < da.elements(); ++i) {
      const auto [fa, fb] = df(a.value().data<double>()[i], b.value().data<double>()[i]);
      da.data<double>()[i] = fa * dy[0].data<double>()[i];
      db.data<double>()[i] = fb * dy[0].data<double>()[i];
    }
    if (a.requires_grad()) a.add_gradient(da);
    if (b.requires_grad()) b.add_gradient(db);
  })[0];
}

inline Variable add(const Variable& a, const Variable& b) {
  return pairwise(
      a, b, [](double x, double y) { return x + y; }, [](double, double) { return std::pair(1.0, 1.0); });
}
inline Variable multiply(const Variable& a, const Variable& b) {
  return pairwise(
      a, b, [](double x, double y) { return x * y; }, [](double x, double y) { return std::pair(y, x); });
}

template <class F, class D>
Variable elementwise(const Variable& x, F f, D df) {
  return pairwise(
      x, x, [f](double a, double) { return f(a); }, [df](double a, double) { return std::pair(df(a), 0.0); });
}
inline Variable sigmoid(const Variable& x) {
  const auto s = [](double a) { return 1.0 / (1.0 + std::exp(-a)); };
  return elementwise(x, s, [s](double a) { return s(a) * (1.0 - s(a)); });
}
inline Variable tanh(const Variable& x) {
  return elementwise(
      x, [](double a) { return std::tanh(a); }, [](double a) { return 1.0 - std::tanh(a) * std::tanh(a); });
}

// Element i of the result is element indices[i] of x, or 0 where the index is negative.
inline Variable gather(const Variable& from, std::vector<std::int64_t> indices, Shape shape) {
  const Variable x = moved(from, kCpu);
  Tensor y(std::move(shape), DType::kFloat64);
  for (std::int64_t i = 0; i < y.elements(); ++i)
    y.data<double>()[i] = indices[i] < 0 ? 0.0 : x.value().data<double>()[indices[i]];
  return record({y}, {x}, [x, indices = std::move(indices)](std::span<const Tensor> dy) {
    Tensor dx = Tensor::zeros(x.value().shape(), DType::kFloat64);
    for (std::int64_t i = 0; i < dy[0].elements(); ++i)
      if (indices[i] >= 0) dx.data<double>()[indices[i]] += dy[0].data<double>()[i];
    x.add_gradient(dx);
  })[0];
}

// Blocks of equal shape one after another along a new first axis.
inline Variable stack(const std::vector<Variable>& blocks) {
  Shape shape = blocks[0].value().shape();
  shape.insert(shape.begin(), static_cast<std::int64_t>(blocks.size()));
  Tensor y(shape, DType::kFloat64);
  const std::int64_t size = blocks[0].value().elements();
  for (std::size_t k = 0; k < blocks.size(); ++k)
    std::copy_n(blocks[k].value().data<double>(), size, y.data<double>() + k * size);
  return record({y}, blocks, [blocks, size](std::span<const Tensor> dy) {
    for (std::size_t k = 0; k < blocks.size(); ++k) {
      if (!blocks[k].requires_grad()) continue;
      Tensor part(blocks[k].value().shape(), DType::kFloat64);
      std::copy_n(dy[0].data<double>() + k * size, size, part.data<double>());
      blocks[k].add_gradient(part);
    }
  })[0];
}

// One number: the outputs' elements under fixed normal weights.
inline Variable weighted_sum(std::vector<Variable> outputs, unsigned seed) {
  for (Variable& output : outputs) output = moved(output, kCpu);
  std::mt19937_64 generator(seed);
  std::normal_distribution<double> normal;
  std::vector<Tensor> weights;
  double sum = 0.0;
  for (const Variable& output : outputs) {
    weights.emplace_back(output.value().shape(), DType::kFloat64);
    for (std::int64_t i = 0; i < output.value().elements(); ++i) {
      weights.back().data<double>()[i] = normal(generator);
      sum += weights.back().data<double>()[i] * output.value().data<double>()[i];
    }
  }
  return record({Tensor::from(std::vector<double>{sum}, {1})}, outputs,
                [outputs, weights](std::span<const Tensor> dy) {
                  const double factor = dy[0].data<double>()[0];
                  for (std::size_t k = 0; k < outputs.size(); ++k) {
                    if (!outputs[k].requires_grad()) continue;
                    Tensor scaled(weights[k].shape(), DType::kFloat64);
                    for (std::int64_t i = 0; i < scaled.elements(); ++i)
                      scaled.data<double>()[i] = factor * weights[k].data<double>()[i];
                    outputs[k].add_gradient(scaled);
                  }
                })[0];
}

}  // namespace favras::test
