#include "engine/storage/sha256.h"

#include <string>

#include <boost/test/unit_test.hpp>

#include "tests/engine/storage/scratch.h"

namespace favras {
namespace {

std::string sha256_hex(std::string_view text, std::size_t piece) {
  Sha256 sha;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
    sha.update(std::as_bytes(std::span(text.substr(0, piece))));
  return hex(sha.digest());
}

// FIPS 180-2, appendix B.
constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr char kTwoBlocks[] = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
constexpr char kMillionAs[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
constexpr char kNothing[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

BOOST_AUTO_TEST_CASE(agrees_with_the_standard) {
  BOOST_TEST(sha256_hex("", 1) == kNothing);
  BOOST_TEST(sha256_hex("abc", 3) == kAbc);
  BOOST_TEST(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 7) == kTwoBlocks);
  BOOST_TEST(sha256_hex(std::string(1'000'000, 'a'), 4099) == kMillionAs);
}

BOOST_AUTO_TEST_CASE(a_digest_starts_afresh) {
  Sha256 sha;
  for (int i = 0; i < 2; ++i) {
    sha.update(std::as_bytes(std::span("abc", 3)));
    BOOST_TEST(hex(sha.digest()) == kAbc);
  }
}

BOOST_AUTO_TEST_CASE(prefix_is_big_endian) {
  BOOST_TEST(sha256_prefix("abc") == 0xba7816bf8f01cfeaU);
  BOOST_TEST(sha256_prefix("") == 0xe3b0c44298fc1c14U);
}

BOOST_AUTO_TEST_CASE(files) {
  const test::ScratchDirectory scratch;
  test::write_all(scratch / "empty", "");
  BOOST_TEST(sha256_hex_of_file(scratch / "empty") == kNothing);
  // More than one piece of reading, and no whole number of them.
  const std::string text((3 << 20) + 5, 'x');
  test::write_all(scratch / "large", text);
  BOOST_TEST(sha256_hex_of_file(scratch / "large") == sha256_hex(text, 1000));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_named) {
  const test::ScratchDirectory scratch;
  const std::string missing = test::error_of([&] { sha256_hex_of_file(scratch / "none"); });
  BOOST_TEST(missing == "open '" + (scratch / "none").string() + "': No such file or directory");
  const std::string directory = test::error_of([&] { sha256_hex_of_file(scratch.path()); });
  BOOST_TEST(directory == "read '" + scratch.path().string() + "': Is a directory");
}

}  // namespace
}  // namespace favras
