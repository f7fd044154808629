#include "kernels/lstm/lstm_gates_cpu.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/lstm/lstm_gates_cpu.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come before the other Highway headers.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "kernels/common/simd_columns-inl.h"
#include "kernels/common/simd_tanh-inl.h"

HWY_BEFORE_NAMESPACE();
namespace favras::kernels::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// 1 / (1 + exp(-x)). Highway's Exp makes 0 of a NaN, which goes round it.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V sigmoid(D d, V x) {
  if constexpr (sizeof(hn::TFromD<D>) == sizeof(float)) {
    const V half = hn::Set(d, 0.5f);
    return hn::MulAdd(tanh(d, hn::Mul(x, half)), half, half);
  } else {
    const V one = hn::Set(d, 1.0);
    const V exponent = hn::Min(hn::Neg(x), hn::Set(d, 700.0));  // where Exp is defined
    const V y = hn::Div(one, hn::Add(one, hn::Exp(d, exponent)));
    return hn::IfThenElse(hn::IsNaN(x), x, y);
  }
}

template <class T>
HWY_INLINE void row_forward(const LstmRowForward<T>& r) {
  const auto size = static_cast<std::size_t>(r.hidden_size);
  for_columns<Accumulate<T>>(size, [&](auto d, std::size_t j) HWY_ATTR {
    const auto sum = [&](std::size_t gate) HWY_ATTR {
      const std::size_t at = gate * size + j;
      const auto z = hn::Add(load(d, r.recurrent + at), load(d, r.addend + at));
      return r.adds_input ? hn::Add(load(d, r.gates + at), z) : z;
    };
    const auto i = sigmoid(d, sum(0));
    const auto f = sigmoid(d, sum(1));
    const auto g = tanh(d, sum(2));
    const auto o = sigmoid(d, sum(3));
    const auto previous = r.previous_cell ? load(d, r.previous_cell + j) : hn::Zero(d);
    const auto cell = hn::MulAdd(f, previous, hn::Mul(i, g));
    const auto hidden = hn::Mul(o, tanh(d, cell));
    store(i, d, r.gates + j);
    store(f, d, r.gates + size + j);
    store(g, d, r.gates + 2 * size + j);
    store(o, d, r.gates + 3 * size + j);
    store(cell, d, r.cell + j);
    if (r.hidden) store(hidden, d, r.hidden + j);
    if (r.final_hidden) store(hidden, d, r.final_hidden + j);
    if (r.output) store(r.scale ? hn::Mul(hidden, load(d, r.scale + j)) : hidden, d, r.output + j);
  });
}

template <class T>
HWY_INLINE void row_backward(const LstmRowBackward<T>& r) {
  const auto size = static_cast<std::size_t>(r.hidden_size);
  for_columns<Accumulate<T>>(size, [&](auto d, std::size_t j) HWY_ATTR {
    const auto one = hn::Set(d, Accumulate<T>(1));
    const auto i = load(d, r.gates + j);
    const auto f = load(d, r.gates + size + j);
    const auto g = load(d, r.gates + 2 * size + j);
    const auto o = load(d, r.gates + 3 * size + j);
    const auto tanh_cell = tanh(d, load(d, r.cell + j));

    auto d_output = r.d_output ? load(d, r.d_output + j) : hn::Zero(d);
    if (r.d_output_extra) d_output = hn::Add(d_output, load(d, r.d_output_extra + j));
    if (r.scale) d_output = hn::Mul(d_output, load(d, r.scale + j));
    const auto d_hidden = hn::Add(load(d, r.d_hidden + j), d_output);

    // d_cell = d_cell + d_hidden o (1 - tanh^2 c); a gate's gradient carries its own derivative.
    const auto d_tanh = hn::NegMulAdd(tanh_cell, tanh_cell, one);
    const auto d_cell = hn::MulAdd(hn::Mul(d_hidden, o), d_tanh, load(d, r.d_cell + j));
    const auto previous = r.previous_cell ? load(d, r.previous_cell + j) : hn::Zero(d);
    const auto logistic = [&](auto gate) HWY_ATTR { return hn::Mul(gate, hn::Sub(one, gate)); };
    store(hn::Mul(hn::Mul(d_cell, g), logistic(i)), d, r.gates + j);
    store(hn::Mul(hn::Mul(d_cell, previous), logistic(f)), d, r.gates + size + j);
    store(hn::Mul(hn::Mul(d_cell, i), hn::NegMulAdd(g, g, one)), d, r.gates + 2 * size + j);
    store(hn::Mul(hn::Mul(d_hidden, tanh_cell), logistic(o)), d, r.gates + 3 * size + j);
    store(hn::Mul(d_cell, f), d, r.d_cell + j);
  });
}

// Highway exports functions, not templates.
void row_forward_float(const LstmRowForward<float>& row) { row_forward(row); }
void row_forward_double(const LstmRowForward<double>& row) { row_forward(row); }
void row_forward_half(const LstmRowForward<bfloat16>& row) { row_forward(row); }
void row_backward_float(const LstmRowBackward<float>& row) { row_backward(row); }
void row_backward_double(const LstmRowBackward<double>& row) { row_backward(row); }
void row_backward_half(const LstmRowBackward<bfloat16>& row) { row_backward(row); }

}  // namespace favras::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace favras::kernels::cpu {

HWY_EXPORT(row_forward_float);
HWY_EXPORT(row_forward_double);
HWY_EXPORT(row_forward_half);
HWY_EXPORT(row_backward_float);
HWY_EXPORT(row_backward_double);
HWY_EXPORT(row_backward_half);

template <>
void lstm_row_forward(const LstmRowForward<float>& row) {
  HWY_DYNAMIC_DISPATCH(row_forward_float)(row);
}
template <>
void lstm_row_forward(const LstmRowForward<double>& row) {
  HWY_DYNAMIC_DISPATCH(row_forward_double)(row);
}
template <>
void lstm_row_forward(const LstmRowForward<bfloat16>& row) {
  HWY_DYNAMIC_DISPATCH(row_forward_half)(row);
}
template <>
void lstm_row_backward(const LstmRowBackward<float>& row) {
  HWY_DYNAMIC_DISPATCH(row_backward_float)(row);
}
template <>
void lstm_row_backward(const LstmRowBackward<double>& row) {
  HWY_DYNAMIC_DISPATCH(row_backward_double)(row);
}
template <>
void lstm_row_backward(const LstmRowBackward<bfloat16>& row) {
  HWY_DYNAMIC_DISPATCH(row_backward_half)(row);
}

}  // namespace favras::kernels::cpu
#endif  // HWY_ONCE
