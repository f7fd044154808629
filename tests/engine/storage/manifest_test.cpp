#include "engine/storage/manifest.h"

#include <boost/test/unit_test.hpp>

#include "engine/storage/sha256.h"
#include "tests/engine/storage/scratch.h"

namespace favras {
namespace {

using test::contains;
using test::error_of;

const Manifest kManifest = {.step = 1200,
                            .files = {{"model.safetensors", 77, "00ff"}, {"näïve \"name\"", 0, ""}}};

// These members as a manifest whose checksum agrees.
std::string sealed(const std::string& members) {
  Sha256 sha;
  const std::string object = "{" + members + "}";
  sha.update(std::as_bytes(std::span(object)));
  return "{" + members + R"(,"checksum":")" + hex(sha.digest()) + "\"}";
}

BOOST_AUTO_TEST_CASE(the_text_is_as_documented) {
  BOOST_TEST(format_manifest(kManifest) == sealed(R"("format_version":1,"step":1200,"files":[)"
                                                  R"({"name":"model.safetensors","size":77,"sha256":"00ff"},)"
                                                  R"({"name":"näïve \"name\"","size":0,"sha256":""}])") +
                                               "\n");
}

BOOST_AUTO_TEST_CASE(round_trip) {
  const Manifest manifest = parse_manifest(format_manifest(kManifest));
  BOOST_TEST(manifest.step == 1200U);
  BOOST_REQUIRE(manifest.files.size() == 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    BOOST_TEST(manifest.files[i].name == kManifest.files[i].name);
    BOOST_TEST(manifest.files[i].size == kManifest.files[i].size);
    BOOST_TEST(manifest.files[i].sha256 == kManifest.files[i].sha256);
  }
  BOOST_TEST(parse_manifest(format_manifest({.step = 0, .files = {}})).files.empty());
}

BOOST_AUTO_TEST_CASE(every_changed_byte_and_every_cut_is_noticed) {
  const std::string text = format_manifest(kManifest);
  for (std::size_t place = 0; place + 1 < text.size(); ++place)  // the last is the newline, white space
    for (int change = 1; change < 256; ++change) {
      std::string changed = text;
      changed[place] = static_cast<char>(changed[place] ^ change);
      BOOST_CHECK_THROW(parse_manifest(changed), std::runtime_error);
    }
  for (std::size_t length = 0; length + 1 < text.size(); ++length)
    BOOST_CHECK_THROW(parse_manifest(text.substr(0, length)), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_newer_format_is_told_from_damage) {
  const std::string newer = sealed(R"("format_version":2,"unheard of":[])");
  BOOST_CHECK_THROW(parse_manifest(newer), NewerCheckpointFormat);
  BOOST_TEST(contains(error_of([&] { parse_manifest(newer); }), "its format is 2, newer than the 1"));
  std::string damaged = newer;
  damaged[newer.find('2')] = '3';
  BOOST_TEST(error_of([&] { parse_manifest(damaged); }) == "its own checksum does not agree");
}

BOOST_AUTO_TEST_CASE(members_that_are_missing_or_wrong) {
  const std::string start = R"("format_version":1,"step":5,"files":)";
  for (const std::string& text :
       {std::string("[]"), std::string("{}"), std::string(R"({"checksum":1})"),
        sealed(R"("format_version":1)"), sealed(R"("format_version":"1","step":5,"files":[])"),
        sealed(R"("format_version":1,"step":-5,"files":[])"), sealed(start + "{}"), sealed(start + "[1]"),
        sealed(start + R"([{"name":"a"}])"), sealed(start + R"([{"name":"../a","size":1,"sha256":""}])")})
    BOOST_TEST(error_of([&] { parse_manifest(text); }) != "", text);
  BOOST_TEST(error_of([&] { parse_manifest(sealed(start + "[]")); }) == "");
}

BOOST_AUTO_TEST_CASE(names_stay_in_the_directory) {
  for (const std::string_view name : {"model.safetensors", ".hidden", "...", "a b", "ü"})
    BOOST_TEST(is_manifest_file_name(name), name);
  for (const std::string_view name : {"", ".", "..", "a/b", "/a", "../a", "manifest.json"})
    BOOST_TEST(!is_manifest_file_name(name), name);
  BOOST_TEST(!is_manifest_file_name(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace favras
