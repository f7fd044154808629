#include "engine/parameters.h"

#include <cmath>
#include <numbers>
#include <stdexcept>

#include "engine/dispatch.h"
#include "kernels/common/philox.h"
#include "kernels/elementwise/elementwise.h"

namespace favras {
namespace {

// Streams of initial values start here; dropout's are below.
constexpr std::uint32_t kFirstInitializerStream = 0x10000;
// Every parameter starts on a cache line, so that vector accesses are aligned on every device.
constexpr std::int64_t kAlignment = 16;

// Uniform draws in (0, 1), one word each.
class Draws {
 public:
  Draws(std::uint64_t seed, std::uint32_t stream) : seed_(seed), stream_(stream) {}
  double uniform() {
    if (next_ % 4 == 0) words_ = kernels::philox_at(seed_, 0, stream_, next_ / 4);
    return (words_[next_++ % 4] + 0.5) / 4294967296.0;
  }
  double normal() {  // Box and Muller, 1958
    const double radius = std::sqrt(-2.0 * std::log(uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
  }

 private:
  std::uint64_t seed_;
  std::uint32_t stream_, next_ = 0;
  kernels::PhiloxCounter words_{};
};

template <class Draw>
Initializer drawn(Draw draw) {
  return [draw](std::span<double> values, std::uint64_t seed, std::uint32_t stream) {
    Draws draws(seed, stream);
    for (double& value : values) value = draw(draws);
  };
}

}  // namespace

Initializer constant(double value) {
  return drawn([=](Draws&) { return value; });
}
Initializer uniform(double low, double high) {
  return drawn([=](Draws& draws) { return low + (high - low) * draws.uniform(); });
}
Initializer normal(double standard_deviation) {
  return drawn([=](Draws& draws) { return standard_deviation * draws.normal(); });
}
Initializer truncated_normal(double standard_deviation) {
  return drawn([=](Draws& draws) {
    double value = draws.normal();
    while (std::abs(value) > 2.0) value = draws.normal();
    return standard_deviation * value;
  });
}
Initializer he_normal(std::int64_t fan_in) { return normal(std::sqrt(2.0 / static_cast<double>(fan_in))); }

Initializer lstm_bias(std::int64_t hidden_size) {
  return [=](std::span<double> values, std::uint64_t, std::uint32_t) {
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<std::int64_t>(i) / hidden_size == 1 ? 1.0 : 0.0;
  };
}

void ParameterArena::declare(std::string name, Shape shape, Initializer initializer) {
  if (values_) throw std::logic_error("parameter " + name + " declared after allocate()");
  for (const Declaration& declaration : declarations_)
    if (declaration.name == name) throw std::logic_error("parameter " + name + " declared twice");
  declarations_.push_back({std::move(name), std::move(shape), std::move(initializer)});
}

void ParameterArena::allocate(std::optional<std::uint64_t> seed) {
  const auto padded = [](std::int64_t count) { return (count + kAlignment - 1) / kAlignment * kAlignment; };
  std::int64_t size = 0;
  for (const Declaration& declaration : declarations_) size += padded(element_count(declaration.shape));
  values_ = Tensor::zeros({size}, dtype_, device_);
  gradients_ = Tensor::zeros({size}, dtype_, device_);
  if (has_copies_) copies_ = Tensor({size}, DType::kBfloat16, device_);
  std::int64_t first = 0;
  for (const Declaration& declaration : declarations_) {
    const std::int64_t count = element_count(declaration.shape);
    Tensor value = values_.view(first, declaration.shape);
    if (seed) {
      std::vector<double> initial(static_cast<std::size_t>(count));
      declaration.initializer(initial, *seed,
                              kFirstInitializerStream + static_cast<std::uint32_t>(parameters_.size()));
      on_float(dtype_, [&](auto zero) {
        const std::vector<decltype(zero)> converted(initial.begin(), initial.end());
        value.copy_from_host(converted.data(), value.bytes());
      });
    }
    const Tensor read = has_copies_ ? copies_.view(first, declaration.shape) : value;
    parameters_.push_back(
        {declaration.name, first, value, Variable(read, gradients_.view(first, declaration.shape))});
    first += padded(count);
  }
  refresh_copies();
}

void ParameterArena::refresh_copies() {
  if (!has_copies_) return;
  on_device(device_, [&](auto& context) {
    convert(context, kernels::Convert<float, kernels::bfloat16>{
                         .size = size(), .x = values_.data<float>(), .y = copies_.data<kernels::bfloat16>()});
  });
}

const Variable& ParameterArena::at(const std::string& name) const {
  for (const Parameter& parameter : parameters_)
    if (parameter.name == name) return parameter.variable;
  throw std::out_of_range("no parameter named " + name);
}

}  // namespace favras
