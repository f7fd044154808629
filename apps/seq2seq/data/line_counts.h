// What came in, what was made of it and which rule dropped how much.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "apps/seq2seq/data/english.h"

namespace favras::seq2seq {

// What is dropped counts for the first rule that it fails, in this order.
struct LineCounts {
  // Lines of the input.
  std::uint64_t read = 0, overlong = 0, invalid = 0, empty = 0;
  // Sentences in them, where they are looked for, and those that were cut.
  std::uint64_t sentences = 0, cut = 0;
  // Lines made of them, and what drops these.
  std::uint64_t made = 0, too_short = 0, too_long = 0;
  std::array<std::uint64_t, kEnglishFaults> not_english{};  // by EnglishFault; none for kNone
  std::uint64_t duplicates = 0, rare_characters = 0;
  // What is left; `both` are those held out that groups of the training side have, too.
  std::uint64_t train = 0, validation = 0, both = 0;
  std::uint64_t train_characters = 0, validation_characters = 0;  // of all columns

  LineCounts& operator+=(const LineCounts& part);
  bool operator==(const LineCounts&) const = default;
};

// Calls visit(name, count) for what is left after some step; `Counts` is LineCounts, perhaps const.
template <class Counts, class Visit>
void for_each_total(Counts& counts, Visit visit) {
  visit("read", counts.read);
  visit("sentences", counts.sentences);
  visit("cut", counts.cut);
  visit("made", counts.made);
  visit("train", counts.train);
  visit("validation", counts.validation);
  visit("both", counts.both);
  visit("train_characters", counts.train_characters);
  visit("validation_characters", counts.validation_characters);
}

// Calls visit(name, count) for what each rule dropped.
template <class Counts, class Visit>
void for_each_rule(Counts& counts, Visit visit) {
  visit("overlong", counts.overlong);
  visit("invalid_utf8", counts.invalid);
  visit("empty", counts.empty);
  visit("too_short", counts.too_short);
  visit("too_long", counts.too_long);
  for (int fault = 1; fault < kEnglishFaults; ++fault) {
    std::string name(name_of(static_cast<EnglishFault>(fault)));  // "few letters"
    std::replace(name.begin(), name.end(), ' ', '_');
    visit(name.c_str(), counts.not_english[static_cast<std::size_t>(fault)]);
  }
  visit("duplicates", counts.duplicates);
  visit("rare_characters", counts.rare_characters);
}

}  // namespace favras::seq2seq
