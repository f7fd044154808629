#include "kernels/lstm/lstm_gates_cpu.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/lstm/lstm_gates_cpu.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come before the other Highway headers.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "kernels/common/simd_columns-inl.h"

HWY_BEFORE_NAMESPACE();
namespace favras::kernels::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// 1 / (1 + exp(-x)). Highway's Exp is defined up to +104 (float), and makes 0 of a NaN: the exponent stops at
// a bound where the result is 0 to within the smallest normal number, and a NaN goes round it.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V sigmoid(D d, V x) {
  const V one = hn::Set(d, hn::TFromD<D>(1));
  const V exponent = hn::Min(hn::Neg(x), hn::Set(d, hn::TFromD<D>(87)));
  const V y = hn::Div(one, hn::Add(one, hn::Exp(d, exponent)));
  return hn::IfThenElse(hn::IsNaN(x), x, y);
}

template <class T>
HWY_INLINE void row_forward(const LstmRowForward<T>& r) {
  const auto size = static_cast<std::size_t>(r.hidden_size);
  for_columns<T>(size, [&](auto d, std::size_t j) HWY_ATTR {
    const auto sum = [&](std::size_t gate) HWY_ATTR {
      const std::size_t at = gate * size + j;
      return hn::Add(hn::LoadU(d, r.gates + at), hn::LoadU(d, r.addend + at));
    };
    const auto i = sigmoid(d, sum(0));
    const auto f = sigmoid(d, sum(1));
    const auto g = hn::Tanh(d, sum(2));
    const auto o = sigmoid(d, sum(3));
    const auto previous = r.previous_cell ? hn::LoadU(d, r.previous_cell + j) : hn::Zero(d);
    const auto cell = hn::MulAdd(f, previous, hn::Mul(i, g));
    const auto hidden = hn::Mul(o, hn::Tanh(d, cell));
    hn::StoreU(i, d, r.gates + j);
    hn::StoreU(f, d, r.gates + size + j);
    hn::StoreU(g, d, r.gates + 2 * size + j);
    hn::StoreU(o, d, r.gates + 3 * size + j);
    hn::StoreU(cell, d, r.cell + j);
    hn::StoreU(hidden, d, r.hidden + j);
    if (r.output) hn::StoreU(r.scale ? hn::Mul(hidden, hn::LoadU(d, r.scale + j)) : hidden, d, r.output + j);
  });
}

template <class T>
HWY_INLINE void row_backward(const LstmRowBackward<T>& r) {
  const auto size = static_cast<std::size_t>(r.hidden_size);
  for_columns<T>(size, [&](auto d, std::size_t j) HWY_ATTR {
    const auto one = hn::Set(d, T(1));
    const auto i = hn::LoadU(d, r.gates + j);
    const auto f = hn::LoadU(d, r.gates + size + j);
    const auto g = hn::LoadU(d, r.gates + 2 * size + j);
    const auto o = hn::LoadU(d, r.gates + 3 * size + j);
    const auto tanh_cell = hn::Tanh(d, hn::LoadU(d, r.cell + j));

    auto d_output = r.d_output ? hn::LoadU(d, r.d_output + j) : hn::Zero(d);
    if (r.d_output_extra) d_output = hn::Add(d_output, hn::LoadU(d, r.d_output_extra + j));
    if (r.scale) d_output = hn::Mul(d_output, hn::LoadU(d, r.scale + j));
    const auto d_hidden = hn::Add(hn::LoadU(d, r.d_hidden + j), d_output);

    // d_cell = d_cell + d_hidden o (1 - tanh^2 c); a gate's gradient carries its own derivative.
    const auto d_tanh = hn::NegMulAdd(tanh_cell, tanh_cell, one);
    const auto d_cell = hn::MulAdd(hn::Mul(d_hidden, o), d_tanh, hn::LoadU(d, r.d_cell + j));
    const auto previous = r.previous_cell ? hn::LoadU(d, r.previous_cell + j) : hn::Zero(d);
    const auto logistic = [&](auto gate) HWY_ATTR { return hn::Mul(gate, hn::Sub(one, gate)); };
    hn::StoreU(hn::Mul(hn::Mul(d_cell, g), logistic(i)), d, r.gates + j);
    hn::StoreU(hn::Mul(hn::Mul(d_cell, previous), logistic(f)), d, r.gates + size + j);
    hn::StoreU(hn::Mul(hn::Mul(d_cell, i), hn::NegMulAdd(g, g, one)), d, r.gates + 2 * size + j);
    hn::StoreU(hn::Mul(hn::Mul(d_hidden, tanh_cell), logistic(o)), d, r.gates + 3 * size + j);
    hn::StoreU(hn::Mul(d_cell, f), d, r.d_cell + j);
  });
}

// Highway exports functions, not templates.
void row_forward_float(const LstmRowForward<float>& row) { row_forward(row); }
void row_forward_double(const LstmRowForward<double>& row) { row_forward(row); }
void row_backward_float(const LstmRowBackward<float>& row) { row_backward(row); }
void row_backward_double(const LstmRowBackward<double>& row) { row_backward(row); }

}  // namespace favras::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace favras::kernels::cpu {

HWY_EXPORT(row_forward_float);
HWY_EXPORT(row_forward_double);
HWY_EXPORT(row_backward_float);
HWY_EXPORT(row_backward_double);

template <>
void lstm_row_forward(const LstmRowForward<float>& row) {
  HWY_DYNAMIC_DISPATCH(row_forward_float)(row);
}
template <>
void lstm_row_forward(const LstmRowForward<double>& row) {
  HWY_DYNAMIC_DISPATCH(row_forward_double)(row);
}
template <>
void lstm_row_backward(const LstmRowBackward<float>& row) {
  HWY_DYNAMIC_DISPATCH(row_backward_float)(row);
}
template <>
void lstm_row_backward(const LstmRowBackward<double>& row) {
  HWY_DYNAMIC_DISPATCH(row_backward_double)(row);
}

}  // namespace favras::kernels::cpu
#endif  // HWY_ONCE
