// SHA-256: the checksum of files at rest, and the key by which lines are ordered and split.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace favras {

using Sha256Digest = std::array<std::byte, 32>;

// Hashes bytes as they come. After digest() the object is as new and may hash something else.
class Sha256 {
 public:
  Sha256();
  void update(std::span<const std::byte> bytes);
  Sha256Digest digest();

 private:
  struct FreeContext {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, FreeContext> context_;  // OpenSSL's EVP_MD_CTX
};

// 64 lower-case hexadecimal digits.
std::string hex(const Sha256Digest& digest);

// Reads the file in pieces. Throws std::system_error naming the file when it cannot be read.
std::string sha256_hex_of_file(const std::filesystem::path& path);

// The first eight bytes of the text's digest as a big-endian number: orders as the digest does.
std::uint64_t sha256_prefix(std::string_view text);

}  // namespace favras
