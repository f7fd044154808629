#include "kernels/dropout/dropout_mask_cpu.h"

#include <algorithm>
#include <cstddef>

#include "kernels/common/philox.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/dropout/dropout_mask_cpu.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h must come before the other Highway headers.
#include <hwy/highway.h>

#include "kernels/common/simd_columns-inl.h"

HWY_BEFORE_NAMESPACE();
namespace favras::kernels::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR  // one lane: no vector operation to gain from

constexpr std::size_t kMaxWords = 4;
HWY_INLINE std::size_t words_a_draw() { return kMaxWords; }

HWY_INLINE void draw(const StepState& state, std::uint32_t stream, std::uint32_t block,
                     std::uint32_t* words) {
  std::ranges::copy(philox_at(state.seed, state.step, stream, block), words);
}

#else

// One Philox block a 64-bit lane. A word lives in the lane's lower half; what is above it is rubbish that
// MulEven ignores, so that a product's lower word needs no masking.
using Lanes64 = hn::ScalableTag<std::uint64_t>;
using Lanes32 = hn::Repartition<std::uint32_t, Lanes64>;
using Vector64 = hn::Vec<Lanes64>;

constexpr std::size_t kVectors = 4;  // at once: they hide each other's latency
constexpr std::size_t kMaxWords = kVectors * hn::MaxLanes(Lanes64()) * 4;
HWY_INLINE std::size_t words_a_draw() { return kVectors * hn::Lanes(Lanes64()) * 4; }

struct Words {
  Vector64 word[4];
};

HWY_INLINE Vector64 product(Vector64 word, std::uint32_t multiplier) {
  const Lanes32 d32;
  return hn::MulEven(hn::BitCast(d32, word), hn::Set(d32, multiplier));
}

HWY_INLINE void philox_round(Words& w, std::uint32_t key0, std::uint32_t key1) {
  const Lanes64 d;
  const Vector64 product0 = product(w.word[0], kPhiloxMultiplier0);
  const Vector64 product1 = product(w.word[2], kPhiloxMultiplier1);
  w = {hn::Xor(hn::Xor(hn::ShiftRight<32>(product1), w.word[1]), hn::Set(d, key0)), product1,
       hn::Xor(hn::Xor(hn::ShiftRight<32>(product0), w.word[3]), hn::Set(d, key1)), product0};
}

// Which block each lane computes: 0, N/2, 1, N/2 + 1, ... so that interleaving restores the order.
HWY_INLINE Vector64 lane_blocks() {
  const Lanes64 d;
  HWY_ALIGN std::uint64_t block[hn::MaxLanes(Lanes64())];
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) block[i] = i / 2 + (i % 2) * hn::Lanes(d) / 2;
  return hn::Load(d, block);
}

// The words of Lanes(d) blocks in order.
HWY_INLINE void store_words(const Words& w, std::uint32_t* out) {
  const Lanes64 d;
  const Lanes32 d32;
  const auto pair = [&](Vector64 first, Vector64 second) HWY_ATTR {
    return hn::BitCast(d, hn::OddEven(hn::BitCast(d32, hn::ShiftLeft<32>(second)), hn::BitCast(d32, first)));
  };
  const Vector64 front = pair(w.word[0], w.word[1]), back = pair(w.word[2], w.word[3]);
  hn::Store(hn::BitCast(d32, hn::InterleaveLower(d, front, back)), d32, out);
  hn::Store(hn::BitCast(d32, hn::InterleaveUpper(d, front, back)), d32, out + hn::Lanes(d32));
}

// words[4 i + j] = word j of philox_at(block + i), words_a_draw() of them
HWY_INLINE void draw(const StepState& state, std::uint32_t stream, std::uint32_t block,
                     std::uint32_t* words) {
  const Lanes64 d;
  Words w[kVectors];
  for (std::size_t v = 0; v < kVectors; ++v)
    w[v] = {hn::Add(lane_blocks(), hn::Set(d, block + v * hn::Lanes(d))), hn::Set(d, stream),
            hn::Set(d, state.step), hn::Set(d, state.step >> 32)};
  auto key0 = static_cast<std::uint32_t>(state.seed), key1 = static_cast<std::uint32_t>(state.seed >> 32);
  for (int round = 0; round < kPhiloxRounds; ++round, key0 += kPhiloxWeyl0, key1 += kPhiloxWeyl1)
    for (Words& words_of_vector : w) philox_round(words_of_vector, key0, key1);
  for (std::size_t v = 0; v < kVectors; ++v) store_words(w[v], words + v * hn::Lanes(d) * 4);
}

#endif

template <class T>
HWY_INLINE void mask_row(const DropoutMask& mask, std::int64_t row, std::int64_t columns, T* scale) {
  const auto size = static_cast<std::size_t>(columns);
  const auto threshold = static_cast<std::uint32_t>(dropout_threshold(mask.keep));
  const T kept = T(1) / static_cast<T>(mask.keep);
  auto block = static_cast<std::uint32_t>(row * ((columns + 3) / 4));
  HWY_ALIGN std::uint32_t words[kMaxWords];
  for (std::size_t column = 0; column < size; column += words_a_draw(), block += words_a_draw() / 4) {
    draw(*mask.state, mask.stream, block, words);
    for_columns<T>(std::min(words_a_draw(), size - column), [&](auto d, std::size_t i) HWY_ATTR {
      const hn::RebindToUnsigned<decltype(d)> d_compare;
      const auto loaded = hn::LoadU(hn::Rebind<std::uint32_t, decltype(d)>(), words + i);
      const auto compared = [&] {
        if constexpr (sizeof(T) == 4)
          return loaded;
        else
          return hn::PromoteTo(d_compare, loaded);
      }();
      const auto keep = hn::RebindMask(d, hn::Lt(compared, hn::Set(d_compare, threshold)));
      hn::StoreU(hn::IfThenElseZero(keep, hn::Set(d, kept)), d, scale + column + i);
    });
  }
}

// Highway exports functions, not templates.
void mask_row_float(const DropoutMask& mask, std::int64_t row, std::int64_t columns, float* scale) {
  mask_row(mask, row, columns, scale);
}
void mask_row_double(const DropoutMask& mask, std::int64_t row, std::int64_t columns, double* scale) {
  mask_row(mask, row, columns, scale);
}

}  // namespace favras::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace favras::kernels::cpu {

HWY_EXPORT(mask_row_float);
HWY_EXPORT(mask_row_double);

template <>
void dropout_mask_row(const DropoutMask& mask, std::int64_t row, std::int64_t columns, float* scale) {
  HWY_DYNAMIC_DISPATCH(mask_row_float)(mask, row, columns, scale);
}
template <>
void dropout_mask_row(const DropoutMask& mask, std::int64_t row, std::int64_t columns, double* scale) {
  HWY_DYNAMIC_DISPATCH(mask_row_double)(mask, row, columns, scale);
}

}  // namespace favras::kernels::cpu
#endif  // HWY_ONCE
