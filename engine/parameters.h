// The parameters of a model in one flat arena: one buffer of values, one of gradients, so that the
// optimizer, gradient clipping and checkpoints each handle one array.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/tensor.h"
#include "engine/variable.h"

namespace favras {

// Fills a parameter's initial values, row-major; draws come from Philox at (seed, step 0, stream).
using Initializer = std::function<void(std::span<double> values, std::uint64_t seed, std::uint32_t stream)>;

Initializer constant(double value);
Initializer uniform(double low, double high);
Initializer normal(double standard_deviation);
Initializer truncated_normal(double standard_deviation);  // redrawn beyond two standard deviations
Initializer he_normal(std::int64_t fan_in);               // He et al., ICCV 2015: sqrt(2 / fan_in)
// An LSTM's bias [4H]: 1 for the forget gate (Jozefowicz et al., ICML 2015), 0 for the others.
Initializer lstm_bias(std::int64_t hidden_size);

struct Parameter {
  std::string name;
  std::int64_t first;  // of its elements in the arena's values and gradients
  Tensor value;        // in full; a checkpoint saves and restores it
  // What operations take: the value, or its bfloat16 copy, with the gradient in full.
  Variable variable;
};

class ParameterArena {
 public:
  // bfloat16: values and gradients are float32, and operations read a bfloat16 copy, which the optimizer
  // keeps up to date.
  explicit ParameterArena(DType dtype = DType::kFloat32, Device device = {})
      : dtype_(accumulate_dtype(dtype)), has_copies_(dtype == DType::kBfloat16), device_(device) {}

  // Announces a parameter; its place in the list, hence its random stream, is the order of declaration.
  // Throws std::logic_error for a name that is taken, and after allocate().
  void declare(std::string name, Shape shape, Initializer initializer);

  // Gives every declared parameter its memory, gradient zero, and its initial values; zeros without a seed,
  // for values that come from elsewhere.
  void allocate(std::optional<std::uint64_t> seed);

  // After allocate(). Throws std::out_of_range naming the parameter.
  const Variable& at(const std::string& name) const;
  const std::vector<Parameter>& parameters() const { return parameters_; }
  const Tensor& values() const { return values_; }        // [size]
  const Tensor& gradients() const { return gradients_; }  // [size]
  const Tensor& copies() const { return copies_; }        // [size] of bfloat16, or none
  std::int64_t size() const { return values_.elements(); }
  DType dtype() const { return dtype_; }
  Device device() const { return device_; }

  // After values were written by anyone but the optimizer.
  void refresh_copies();

  void zero_gradients() { gradients_.zero(); }

 private:
  struct Declaration {
    std::string name;
    Shape shape;
    Initializer initializer;
  };
  DType dtype_;
  bool has_copies_;
  Device device_;
  std::vector<Declaration> declarations_;
  std::vector<Parameter> parameters_;
  Tensor values_, gradients_, copies_;
};

}  // namespace favras
