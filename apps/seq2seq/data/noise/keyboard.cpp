#include "apps/seq2seq/data/noise/keyboard.h"

namespace favras::seq2seq {

KeyboardNoise::KeyboardNoise(KeyboardLayout layout, const Vocabulary& vocabulary, int maximum_length,
                             double weight)
    : rate_(kRate * weight), maximum_length_(static_cast<std::size_t>(maximum_length)) {
  for (const char32_t character : vocabulary.characters()) {
    std::u32string known = neighbours(layout, character);
    std::erase_if(known, [&](char32_t neighbour) { return !vocabulary.contains(neighbour); });
    if (!known.empty()) neighbours_[character] = std::move(known);
  }
}

void KeyboardNoise::add(std::u32string& line, const NoiseKey& key) const {
  NoiseStream random(key, RandomPurpose::kKeyboardNoise);
  const std::u32string typed = std::move(line);
  line.clear();
  line.reserve(typed.size() + 4);
  const auto neighbour = [&](char32_t character) {
    const auto found = neighbours_.find(character);
    return found == neighbours_.end() ? U'\0' : found->second[random.below(found->second.size())];
  };
  for (std::size_t i = 0; i < typed.size(); ++i) {
    const char32_t character = typed[i];
    const double slip = random.share() / rate_;  // below 4 if there is one
    const bool has_room = line.size() + (typed.size() - i) < maximum_length_;
    if (slip < 1) {
      const char32_t other = neighbour(character);
      line += other != U'\0' ? other : character;
    } else if (slip < 2) {
      continue;
    } else if (slip < 2.5) {
      const char32_t other = has_room ? neighbour(character) : U'\0';
      const bool before = other != U'\0' && random.happens(0.5);
      if (before) line += other;
      line += character;
      if (other != U'\0' && !before) line += other;
    } else if (slip < 3) {
      line.append(has_room && character != U' ' ? 2 : 1, character);
    } else if (slip < 4 && i + 1 < typed.size()) {
      line += typed[++i];
      line += character;
    } else {
      line += character;
    }
  }
}

}  // namespace favras::seq2seq
