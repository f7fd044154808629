#include "apps/seq2seq/data/hashing.h"

#include <cmath>
#include <span>

#include "apps/seq2seq/data/random_keys.h"
#include "engine/storage/sha256.h"

namespace favras::seq2seq {

std::string sha256_hex(std::string_view bytes) {
  Sha256 sha;
  sha.update(std::as_bytes(std::span(bytes)));
  return hex(sha.digest());
}

std::uint64_t content_hash(std::string_view content) { return sha256_prefix(content); }

std::uint64_t split_value(std::uint64_t hash, std::uint64_t seed) {
  const auto words =
      kernels::philox({static_cast<std::uint32_t>(hash), static_cast<std::uint32_t>(hash >> 32), 0, 0},
                      data_key(seed, RandomPurpose::kSplit));
  return std::uint64_t{words[0]} << 32 | words[1];
}

bool is_validation(std::uint64_t hash, std::uint64_t seed, double share) {
  return std::ldexp(static_cast<double>(split_value(hash, seed)), -64) < share;
}

}  // namespace favras::seq2seq
