// Mixtures of noise read from text and written: one text for each mixture, and what is refused.
#include "apps/seq2seq/training/noise_text.h"

#include <algorithm>

#include <boost/test/unit_test.hpp>
#include <rapidcheck/boost_test.h>

#include "apps/seq2seq/command_line/usage_error.h"

namespace favras::seq2seq {

namespace {

std::string canonical(const std::string& text) { return to_string(parse_noise(text)); }

std::string refusal(const std::string& text) {
  try {
    return "taken as " + canonical(text);
  } catch (const UsageError& error) {
    return error.what();
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(texts_say_how_much_of_which_model) {
  BOOST_TEST((parse_noise("uniform=1") == NoiseMix{.uniform = 1}));
  BOOST_TEST((parse_noise("uniform=1,human=0.5") == NoiseMix{.human = 0.5, .uniform = 1}));
  BOOST_TEST((parse_noise("keyboard=2") == NoiseMix{.keyboard = 2}));
  BOOST_TEST(
      (parse_noise("keyboard:azerty=2") == NoiseMix{.keyboard = 2, .layout = KeyboardLayout::kAzerty}));
  BOOST_TEST((parse_noise("none") == NoiseMix{}));
}

BOOST_AUTO_TEST_CASE(a_mixture_has_one_text) {
  BOOST_TEST(canonical("uniform=1.00") == "uniform=1");
  BOOST_TEST(canonical("uniform=1,keyboard=2,human=3") == "human=3,keyboard=2,uniform=1");
  BOOST_TEST(canonical("uniform=.25,human=1e-1") == "human=0.1,uniform=0.25");
  BOOST_TEST(canonical("human=0,uniform=5") == "uniform=5");
  BOOST_TEST(canonical("keyboard:qwerty=1") == "keyboard=1");
  BOOST_TEST(canonical("keyboard:dvorak=0.5") == "keyboard:dvorak=0.5");
  BOOST_TEST(canonical("keyboard:dvorak=0,uniform=1") == "uniform=1");
  BOOST_TEST(canonical("uniform=0") == "none");
}

RC_BOOST_PROP(every_mixture_comes_back, ()) {
  const auto weight = rc::gen::map(rc::gen::inRange(0, 500'000), [](int n) { return n % 3 ? n / 1e5 : 0.0; });
  NoiseMix mix{.human = *weight, .keyboard = *weight, .uniform = *weight};
  if (mix.keyboard > 0.0) mix.layout = static_cast<KeyboardLayout>(*rc::gen::inRange(0, 4));
  RC_ASSERT(parse_noise(to_string(mix)) == mix);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_meant_is_refused) {
  const std::string form = "expected MODEL=WEIGHT,..., such as uniform=1,human=0.5, or none";
  for (const std::string text :
       {"", "uniform", "uniform=1,", ",uniform=1", "uniform=1,none", "keyboard:qwertz"})
    BOOST_TEST(refusal(text) == "'" + text + "' will not do: " + form);
  BOOST_TEST(refusal("unifrom=1") ==
             "'unifrom=1' will not do: there is no noise 'unifrom'; did you mean uniform?");
  BOOST_TEST(refusal("human=1,typos=1") ==
             "'human=1,typos=1' will not do: there is no noise 'typos'; use one of human, keyboard, uniform");
  BOOST_TEST(refusal("keyboard:qwrety=1") ==
             "'keyboard:qwrety=1' will not do: there is no keyboard layout 'qwrety'; did you mean qwerty?");
  BOOST_TEST(refusal("keyboard:=1") ==
             "'keyboard:=1' will not do: there is no keyboard layout ''; use one of "
             "qwerty, qwertz, azerty, dvorak");
  BOOST_TEST(refusal("human:qwerty=1") == "'human:qwerty=1' will not do: human has no layouts");
  BOOST_TEST(refusal("uniform=1,uniform=1") == "'uniform=1,uniform=1' will not do: uniform comes twice");
  BOOST_TEST(refusal("keyboard=1,keyboard:qwertz=1") ==
             "'keyboard=1,keyboard:qwertz=1' will not do: keyboard comes twice");
  for (const std::string weight : {"", "-1", "-0.1", "5.01", "nan", "inf", "1x", " 1", "one", "1=1"})
    BOOST_TEST(refusal("human=" + weight) ==
               "'human=" + weight + "' will not do: the weight '" + weight + "' is no number from 0 to 5");
}

}  // namespace favras::seq2seq
