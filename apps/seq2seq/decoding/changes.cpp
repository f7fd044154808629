#include "apps/seq2seq/decoding/changes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "apps/seq2seq/data/word_alignment.h"

namespace favras::seq2seq {

namespace {

struct Stretch {
  Span input, output;
};

// What differs between the equal words, character by character; edits with nothing between them as one.
class Differences {
 public:
  Differences(std::u32string_view input, std::u32string_view output) : input_(input), output_(output) {
    const Words words = split_words(input), written = split_words(output);
    for (const EqualWords& pair : align_equal_words(words, written)) {
      const std::u32string_view word = words[pair.a];
      const auto place = static_cast<std::size_t>(word.data() - input.data()),
                 output_place = static_cast<std::size_t>(written[pair.b].data() - output.data());
      compare({input_end_, place}, {output_end_, output_place});
      input_end_ = place + word.size();
      output_end_ = output_place + word.size();
    }
    compare({input_end_, input.size()}, {output_end_, output.size()});
  }

  std::vector<Stretch> take() { return std::move(stretches_); }

 private:
  void compare(const Span& in, const Span& out) {
    for (const Edit& edit : find_edits(output_.substr(out.begin, out.end - out.begin),
                                       input_.substr(in.begin, in.end - in.begin))) {
      const Stretch stretch{{in.begin + edit.clean.begin, in.begin + edit.clean.end},
                            {out.begin + edit.line.begin, out.begin + edit.line.end}};
      if (!stretches_.empty() && stretches_.back().input.end == stretch.input.begin) {
        stretches_.back().input.end = stretch.input.end;
        stretches_.back().output.end = stretch.output.end;
      } else {
        stretches_.push_back(stretch);
      }
    }
  }

  std::u32string_view input_, output_;
  std::size_t input_end_ = 0, output_end_ = 0;  // of the last equal word
  std::vector<Stretch> stretches_;
};

// By how much the text in [place.begin, place.end), which only one of the two lines has, may stand further to
// the right without a difference, up to `limit`.
std::size_t room_to_the_right(std::u32string_view text, const Span& place, std::size_t limit) {
  std::size_t by = 0;
  while (place.end + by < limit && text[place.begin + by] == text[place.end + by]) ++by;
  return by;
}

// Where in a repetition something is missing or too much cannot be seen: it is the last place, whatever the
// rest of the line is. So what stands where a word was left out is part of the change.
std::vector<Stretch> settle(std::vector<Stretch> stretches, std::u32string_view input,
                            std::u32string_view output) {
  std::vector<Stretch> settled;  // from the last one on
  for (; !stretches.empty(); stretches.pop_back()) {
    Stretch stretch = stretches.back();
    for (;;) {
      auto& [in, out] = stretch;
      const Stretch next = settled.empty() ? Stretch{{input.size(), 0}, {output.size(), 0}} : settled.back();
      std::size_t by = 0;
      if (in.begin == in.end) by = room_to_the_right(output, out, next.output.begin);
      if (out.begin == out.end) by = room_to_the_right(input, in, next.input.begin);
      in = {in.begin + by, in.end + by};
      out = {out.begin + by, out.end + by};
      if (settled.empty() || in.end != next.input.begin) break;
      in.end = next.input.end;
      out.end = next.output.end;
      settled.pop_back();
    }
    settled.push_back(stretch);
  }
  std::reverse(settled.begin(), settled.end());
  return settled;
}

// What is beside a stretch up to the next space is the same in both.
void widen_to_words(Stretch& stretch, std::u32string_view input) {
  while (stretch.input.begin > 0 && input[stretch.input.begin - 1] != U' ') {
    --stretch.input.begin;
    --stretch.output.begin;
  }
  while (stretch.input.end < input.size() && input[stretch.input.end] != U' ') {
    ++stretch.input.end;
    ++stretch.output.end;
  }
}

std::u32string_view part(std::u32string_view line, const Span& place) {
  return line.substr(place.begin, place.end - place.begin);
}

bool is_word(std::u32string_view text) { return !text.empty() && text.find(U' ') == text.npos; }

// Stretches of the same words belong together, and of words side by side, unless each is one word for
// another: of several words for several, or for none, it cannot be said which became which.
std::vector<Stretch> join_words(std::vector<Stretch> stretches, std::u32string_view input,
                                std::u32string_view output) {
  std::vector<Stretch> joined;
  for (Stretch& stretch : stretches) {
    widen_to_words(stretch, input);
    const auto is_one_word = [&](const Stretch& of) {
      return is_word(part(input, of.input)) && is_word(part(output, of.output));
    };
    if (!joined.empty()) {
      Stretch& last = joined.back();
      const bool same_words = stretch.input.begin < last.input.end;
      const bool neighbours =
          same_words ||
          part(input, {last.input.end, stretch.input.begin}).find_first_not_of(U' ') == input.npos;
      if (same_words || (neighbours && !(is_one_word(last) && is_one_word(stretch)))) {
        last.input.end = stretch.input.end;
        last.output.end = stretch.output.end;
        continue;
      }
    }
    joined.push_back(stretch);
  }
  return joined;
}

double sum_of(std::span<const float> log_probabilities, const Span& characters) {
  if (log_probabilities.empty()) return 0.0;
  // What follows is not known: the line was cut before it came to an end.
  if (characters.end >= log_probabilities.size()) return -std::numeric_limits<double>::infinity();
  const auto part = log_probabilities.subspan(characters.begin, characters.end + 1 - characters.begin);
  return std::accumulate(part.begin(), part.end(), 0.0);
}

}  // namespace

std::vector<Change> find_changes(std::u32string_view input, std::u32string_view output,
                                 std::span<const float> log_probabilities) {
  std::vector<Change> changes;
  const std::vector<Stretch> stretches = settle(Differences(input, output).take(), input, output);
  for (const auto& [in, out] : join_words(stretches, input, output))
    changes.push_back({in, std::u32string(part(output, out)), sum_of(log_probabilities, out)});
  return changes;
}

void keep_unless(double probability, std::vector<Change>& changes) {
  const double least = std::log(probability);
  std::erase_if(changes, [&](const Change& change) { return !(change.log_probability >= least); });
}

std::u32string apply_changes(std::u32string_view line, std::span<const Change> changes) {
  std::u32string text;
  std::size_t done = 0;
  for (const Change& change : changes) {
    text += line.substr(done, change.place.begin - done);
    text += change.text;
    done = change.place.end;
  }
  text += line.substr(done);
  return text;
}

}  // namespace favras::seq2seq
