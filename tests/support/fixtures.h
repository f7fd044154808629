// Golden vectors of tests/fixtures as tensors.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "engine/storage/safetensors.h"
#include "engine/tensor.h"

namespace favras::test {

class Fixture {
 public:
  explicit Fixture(const std::string& name) : file_(folder() + "/" + name + ".safetensors") {}

  bool contains(const std::string& name) const { return file_.contains(name); }
  const std::string& text(const std::string& key) const { return file_.metadata().at(key); }
  std::int64_t number(const std::string& key) const { return std::stoll(text(key)); }
  float keep() const { return std::stof(text("keep")); }

  // F64 as float64, I32 as int32.
  Tensor tensor(const std::string& name) const {
    const TensorRecord& record = file_.at(name);
    Tensor tensor(record.shape, record.dtype == "I32" ? DType::kInt32 : DType::kFloat64);
    tensor.copy_from_host(record.data.data(), record.data.size());
    return tensor;
  }

 private:
  // Tests that were copied to another machine are told where.
  static std::string folder() {
    const char* told = std::getenv("FAVRAS_FIXTURES");
    return told ? told : FAVRAS_FIXTURES;
  }

  SafetensorsFile file_;
};

// The largest |a - b| / max(1, |b|); infinity for a NaN or other shapes.
inline double largest_error(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape()) return INFINITY;
  const std::vector<double> x = a.to_host<double>(), y = b.to_host<double>();
  double worst = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double error = std::abs(x[i] - y[i]) / std::max(1.0, std::abs(y[i]));
    if (!(error <= worst)) worst = std::isnan(error) ? INFINITY : error;
  }
  return worst;
}

}  // namespace favras::test
