// What was done to a clean line to make another of it, character by character: the mistakes of a noisy line,
// or what is still wrong with an output.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace favras::seq2seq {

enum class EditKind { kReplace, kDelete, kInsert, kSwap };

inline constexpr std::array<std::string_view, 4> kEditKindNames = {"replace", "delete", "insert", "swap"};

// Places from `begin` up to but without `end`.
struct Span {
  std::size_t begin = 0, end = 0;
  bool operator==(const Span&) const = default;
};

struct Edit {
  EditKind kind;
  Span line;   // what stands in the line: one character, two of a swap, for a deletion none
  Span clean;  // what stood in the clean line: one character, two of a swap, for an insertion none
  bool operator==(const Edit&) const = default;
};

// The fewest replacements, deletions, insertions and swaps of neighbours that make the line of the clean one,
// none of them touching what another did (optimal string alignment), from left to right. Where several ways
// are equally short: swaps before replacements before deletions before insertions. Thousands of characters
// between the lines' common ends are aligned half by half (kAlignedPairs), perhaps with more edits.
std::vector<Edit> find_edits(std::u32string_view line, std::u32string_view clean);

}  // namespace favras::seq2seq
