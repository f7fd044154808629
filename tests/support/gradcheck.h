// Gradients against differences: every input element is moved, the change of a random projection of the
// outputs is compared with what backward() says. Double precision only.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "engine/variable.h"
#include "tests/support/naive_ops.h"

namespace favras::test {

using Function = std::function<std::vector<Variable>(std::span<const Variable>)>;

inline Tensor random_tensor(Shape shape, unsigned seed, double scale = 1.0) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<double> normal(0.0, scale);
  std::vector<double> values(static_cast<std::size_t>(element_count(shape)));
  for (double& value : values) value = normal(generator);
  return Tensor::from(values, std::move(shape));
}

// The largest relative error over all elements of all inputs of f, which computes on the device; infinity if
// anything is NaN. An element's error is |a - n| / max(|a|, |n|, 1e-4), n by a five-point stencil.
inline double gradient_error(const Function& f, const std::vector<Tensor>& inputs, Device device) {
  const auto projected = [&](const std::vector<Variable>& variables) {
    const std::vector<Variable> outputs = f(variables);
    return weighted_sum(outputs, 4711);
  };
  std::vector<Variable> variables;
  for (const Tensor& input : inputs) variables.emplace_back(moved(input, device), true);
  backward(projected(variables));

  const NoGradient no_gradient;
  double worst = 0.0;
  for (const Variable& variable : variables) {
    Tensor input = variable.value();
    std::vector<double> x = input.to_host<double>();
    const std::vector<double> analytic =
        variable.gradient() ? variable.gradient().to_host<double>() : std::vector<double>(x.size(), 0.0);
    for (std::size_t e = 0; e < x.size(); ++e) {
      constexpr double h = 1e-3;
      const double original = x[e];
      const auto at = [&](double offset) {
        x[e] = original + offset;
        input.copy_from_host(x.data(), input.bytes());
        return projected(variables).value().to_host<double>()[0];
      };
      const double numeric = (8.0 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12.0 * h);
      x[e] = original;
      const double error =
          std::abs(analytic[e] - numeric) / std::max({std::abs(analytic[e]), std::abs(numeric), 1e-4});
      if (!(error <= worst)) worst = std::isnan(error) ? INFINITY : error;
    }
    input.copy_from_host(x.data(), input.bytes());
  }
  return worst;
}

}  // namespace favras::test
