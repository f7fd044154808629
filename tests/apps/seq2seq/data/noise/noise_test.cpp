// Mixtures: their order, what they depend on, and that they never change.
#include "apps/seq2seq/data/noise/noise.h"

#include <thread>

#include <boost/test/unit_test.hpp>
#include <rapidcheck/boost_test.h>

#include "tests/apps/seq2seq/data/data_test_support.h"
#include "tests/apps/seq2seq/data/noise/noise_test_support.h"

using namespace favras::seq2seq;
using namespace favras::seq2seq::testing;

namespace {

const std::vector<Misspelling> kPairs{{"teh", "the"},      {"quik", "quick"},        {"beleive", "believe"},
                                      {"untill", "until"}, {"definate", "definite"}, {"jmups", "jumps"},
                                      {"borwn", "brown"},  {"alot", "a lot"}};
constexpr std::u32string_view kLine = U"The quick brown fox jumps over the lazy dog, I believe.";

Noise make_noise(const NoiseMix& mix) { return {mix, printable_ascii(), 60, kPairs}; }

// Each model alone and all together, frequent enough to be seen.
const std::vector<NoiseMix> kMixes{
    {.human = 5},
    {.keyboard = 5},
    {.uniform = 2},
    {.human = 3, .keyboard = 2, .uniform = 1, .layout = KeyboardLayout::kDvorak}};

std::string lines_of(const NoiseMix& mix) {
  const Noise noise = make_noise(mix);
  std::string text;
  for (std::uint64_t hash = 1; hash <= 4; ++hash)
    text += encode_utf8(noisy(noise, kLine, {.data_seed = 1, .epoch = 0, .line_hash = hash})) + '\n';
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(no_model_makes_no_mistakes) {
  const Noise noise({}, printable_ascii(), 60, {});
  for (int i = 0; i < 1000; ++i) BOOST_TEST((noisy(noise, kLine, key_of(i)) == kLine));
}

RC_BOOST_PROP(a_mixture_is_its_models_one_after_the_other, ()) {
  const auto weight = rc::gen::map(rc::gen::inRange(0, 21), [](int half) { return half / 2.0; });
  const NoiseMix mix{.human = *weight, .keyboard = *weight, .uniform = *weight};
  const Noise all = make_noise(mix), human = make_noise({.human = mix.human}),
              keyboard = make_noise({.keyboard = mix.keyboard}),
              uniform = make_noise({.uniform = mix.uniform});
  for (int i = 0; i < 20; ++i) {
    const NoiseKey key{*rc::gen::arbitrary<std::uint64_t>(), 3, *rc::gen::arbitrary<std::uint64_t>()};
    std::u32string expected(kLine);
    human.add(expected, key);
    keyboard.add(expected, key);
    uniform.add(expected, key);
    RC_ASSERT(noisy(all, kLine, key) == expected);
  }
}

RC_BOOST_PROP(any_line_may_come, ()) {
  const std::u32string line = *rc::gen::container<std::u32string>(any_character());
  for (const NoiseMix& mix : kMixes) {
    const Noise noise = make_noise(mix);
    for (int i = 0; i < 20; ++i)
      RC_ASSERT(noisy(noise, line, key_of(i)).size() <= std::max<std::size_t>(line.size(), 60));
  }
}

// Frozen noise repeats one epoch's; fresh noise must differ between epochs, seeds and lines.
BOOST_AUTO_TEST_CASE(every_part_of_the_key_counts) {
  constexpr std::uint64_t kHigh = std::uint64_t{1} << 32;
  for (const NoiseMix& mix : kMixes) {
    const Noise noise = make_noise(mix);
    const auto differing = [&](const NoiseKey& change) {
      int count = 0;
      for (std::uint64_t hash = 0; hash < 1000; ++hash)
        count += noisy(noise, kLine, {1, 0, hash}) !=
                 noisy(noise, kLine, {1 + change.data_seed, change.epoch, hash + change.line_hash});
      return count;
    };
    BOOST_TEST(differing({0, 0, 0}) == 0);
    for (const NoiseKey& change : {NoiseKey{1, 0, 0}, NoiseKey{kHigh, 0, 0}, NoiseKey{0, 1, 0},
                                   NoiseKey{0, kHigh, 0}, NoiseKey{0, 0, 1000}, NoiseKey{0, 0, kHigh}})
      BOOST_TEST(differing(change) > 500);
  }
}

// As the lines of a training set come in any order, from several threads at once.
BOOST_AUTO_TEST_CASE(neither_order_nor_thread_counts) {
  constexpr std::size_t kLines = 2000;
  for (const NoiseMix& mix : kMixes) {
    const Noise noise = make_noise(mix);
    std::vector<std::u32string> forwards(kLines), backwards(kLines);
    for (std::size_t i = 0; i < kLines; ++i) forwards[i] = noisy(noise, kLine, key_of(i));
    std::vector<std::thread> threads;
    for (std::size_t thread = 0; thread < 4; ++thread)
      threads.emplace_back([&, thread] {
        for (std::size_t i = kLines; i-- > 0;)
          if (i % 4 == thread) backwards[i] = noisy(noise, kLine, key_of(i));
      });
    for (std::thread& thread : threads) thread.join();
    BOOST_TEST((forwards == backwards));
  }
}

// Made once with this code: a change of these lines would change the noise of every run there is.
BOOST_AUTO_TEST_CASE(the_noise_never_changes) {
  BOOST_TEST(lines_of(kMixes[0]) ==
             "The quick brown fox jmups oevr teh lazy odg, I beleive.\n"
             "The quick brown ofx jumps over the lazy odg, I beleive.\n"
             "The quack brown ofx jmups over the lazy odg, I beleive.\n"
             "The quick borwn ofx jumps over the lazy odg, I believe.\n");
  BOOST_TEST(lines_of(kMixes[1]) ==
             "The 2uick brown fox jumps oiver thel az dog, I believe.\n"
             "Th4 quick brown fox ujhmps over the lazydgo, I believve.\n"
             "Te quick brown fox jumps ver the lazy dog, I believe.\n"
             "The qucik brown fox jumps over the lazy dog, I believe.\n");
  BOOST_TEST(lines_of(kMixes[2]) ==
             "The quick brown fox jumps ovver the lazy Cog, I believe.\n"
             "The quick brown fox jumps ovDer the lazy dog, I believe.\n"
             "The quick brown fox jumps Rver  the lazy dog, I believe.\n"
             "The quick brown fox jumps over the lazy dg, I believe.\n");
  BOOST_TEST(lines_of(kMixes[3]) ==
             "The euick brown fox jmups over teh lazy Cog, I believe.\n"
             "Thp quick brown ofx jumes over the lazy ogd, I beleive.\n"
             "Teh quick brown fox jumps Revr teh lazy odg, I believe.\n"
             "The quicj borwn fox jumps over the lazy ddg, I eblieve.\n");
}
