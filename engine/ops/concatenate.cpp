#include "engine/ops/concatenate.h"

#include "engine/dispatch.h"
#include "engine/ops/check.h"
#include "kernels/copy_columns/copy_columns.h"

namespace favras {
namespace {

std::int64_t columns_of(const Tensor& x) { return x.shape().back(); }

void check(const std::vector<Variable>& parts) {
  if (parts.empty()) throw std::invalid_argument("concatenate: at least one part");
  const Tensor& first = parts[0].value();
  check_float("concatenate", "part 0", first);
  if (first.shape().empty()) throw std::invalid_argument("concatenate: parts must have at least one axis");
  Shape shape = first.shape();
  shape.back() = kAny;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string part = fmt::format("part {}", i);
    check_shape("concatenate", part.c_str(), parts[i].value(), shape);
    check_dtype("concatenate", part.c_str(), parts[i].value(), first.dtype());
  }
}

// Between columns first ... of the whole and a part: into the whole, or out of it.
void copy(const Tensor& whole, std::int64_t first, const Tensor& part, bool into_whole) {
  const std::int64_t columns = columns_of(part), width = columns_of(whole);
  dispatch(whole.device(), whole.dtype(), [&](auto& context, auto zero) {
    using T = decltype(zero);
    T* const inside = whole.data<T>() + first;
    copy_columns(context, kernels::CopyColumns<T>{.rows = columns > 0 ? part.elements() / columns : 0,
                                                  .columns = columns,
                                                  .from_width = into_whole ? columns : width,
                                                  .to_width = into_whole ? width : columns,
                                                  .from = into_whole ? part.data<T>() : inside,
                                                  .to = into_whole ? inside : part.data<T>()});
  });
}

}  // namespace

Variable concatenate(const std::vector<Variable>& parts) {
  check(parts);
  Shape shape = parts[0].value().shape();
  shape.back() = 0;
  for (const Variable& part : parts) shape.back() += columns_of(part.value());
  const Tensor whole(std::move(shape), parts[0].value().dtype(), parts[0].value().device());
  std::int64_t first = 0;
  for (const Variable& part : parts) {
    copy(whole, first, part.value(), true);
    first += columns_of(part.value());
  }
  return record({whole}, parts, [parts](std::span<const Tensor> d_whole) {
    std::int64_t at = 0;
    for (const Variable& part : parts) {
      const Tensor& value = part.value();
      if (part.requires_grad()) {
        const Tensor d_part(value.shape(), value.dtype(), value.device());
        copy(d_whole[0], at, d_part, false);
        part.add_gradient(d_part);
      }
      at += columns_of(value);
    }
  })[0];
}

}  // namespace favras
