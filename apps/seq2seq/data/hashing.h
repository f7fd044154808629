// What follows from the hash of a line: its place in the order of the data, and the side, training or
// validation, that it falls on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace favras::seq2seq {

// 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

// The first 8 bytes, big-endian, of the content's SHA-256: lines in order of this number are in order of
// their digests.
std::uint64_t content_hash(std::string_view content);

// A number that is uniform over hashes for each seed; the same on every machine.
std::uint64_t split_value(std::uint64_t hash, std::uint64_t seed);
// True for the given share of all hashes: split_value / 2^64 < share.
bool is_validation(std::uint64_t hash, std::uint64_t seed, double share);

// A side, or both: a line may be met in groups of either.
using Sides = std::uint8_t;
inline constexpr Sides kTrainingSide = 1, kValidationSide = 2;

}  // namespace favras::seq2seq
