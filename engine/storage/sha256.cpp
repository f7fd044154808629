#include "engine/storage/sha256.h"

#include <fcntl.h>
#include <stdexcept>
#include <vector>

#include <openssl/evp.h>

#include "engine/storage/file.h"

namespace favras {
namespace {

EVP_MD_CTX* evp(void* context) { return static_cast<EVP_MD_CTX*>(context); }

// Fetched once: looking the algorithm up costs more than hashing a line does.
const EVP_MD* sha256_method() {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return method;
}

void start(void* context) {
  if (EVP_DigestInit_ex(evp(context), sha256_method(), nullptr) != 1)
    throw std::runtime_error("SHA-256: OpenSSL cannot start a digest; is its default provider installed?");
}

}  // namespace

void Sha256::FreeContext::operator()(void* context) const { EVP_MD_CTX_free(evp(context)); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (!context_) throw std::runtime_error("SHA-256: OpenSSL cannot allocate a digest");
  start(context_.get());
}

void Sha256::update(std::span<const std::byte> bytes) {
  if (EVP_DigestUpdate(evp(context_.get()), bytes.data(), bytes.size()) != 1)
    throw std::runtime_error("SHA-256: OpenSSL cannot update the digest");
}

Sha256Digest Sha256::digest() {
  Sha256Digest result;
  if (EVP_DigestFinal_ex(evp(context_.get()), reinterpret_cast<unsigned char*>(result.data()), nullptr) != 1)
    throw std::runtime_error("SHA-256: OpenSSL cannot finish the digest");
  start(context_.get());
  return result;
}

std::string hex(const Sha256Digest& digest) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const std::byte byte : digest) {
    text += kDigits[std::to_integer<int>(byte) >> 4];
    text += kDigits[std::to_integer<int>(byte) & 15];
  }
  return text;
}

std::string sha256_hex_of_file(const std::filesystem::path& path) {
  File file(path, O_RDONLY);
  Sha256 sha;
  std::vector<std::byte> buffer(1 << 20);
  while (const std::size_t count = file.read(buffer)) sha.update({buffer.data(), count});
  return hex(sha.digest());
}

std::uint64_t sha256_prefix(std::string_view text) {
  thread_local Sha256 sha;
  sha.update(std::as_bytes(std::span(text)));
  const Sha256Digest digest = sha.digest();
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < 8; ++i) prefix = prefix << 8 | std::to_integer<std::uint64_t>(digest[i]);
  return prefix;
}

}  // namespace favras
