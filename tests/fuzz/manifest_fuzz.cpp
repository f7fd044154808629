// A checkpoint's manifest: as it is, and with the checksum that it would need.
#include <span>
#include <stdexcept>

#include <boost/json.hpp>

#include "engine/storage/manifest.h"
#include "engine/storage/sha256.h"
#include "engine/storage/strict_json.h"
#include "tests/fuzz/fuzz.h"

namespace favras {
namespace {

// No mutation finds a checksum.
std::string sealed(std::string_view text) {
  const auto value = fuzz::parsed<std::runtime_error>([&] { return parse_strict_json(text); });
  if (!value || !value->is_object()) return std::string(text);
  boost::json::object members = value->get_object();
  members.erase("checksum");
  Sha256 sha;
  const std::string bare = boost::json::serialize(members);
  sha.update(std::as_bytes(std::span(bare)));
  members["checksum"] = hex(sha.digest());
  return boost::json::serialize(members);
}

void check(std::string_view text) {
  const auto manifest = fuzz::parsed<std::runtime_error>([&] { return parse_manifest(text); });
  if (!manifest) return;
  const Manifest again = parse_manifest(format_manifest(*manifest));
  fuzz::require(again.step == manifest->step && again.files.size() == manifest->files.size(),
                "a written manifest is read as the same");
  for (std::size_t i = 0; i < again.files.size(); ++i) {
    const ManifestFile &a = manifest->files[i], &b = again.files[i];
    fuzz::require(a.name == b.name && a.size == b.size && a.sha256 == b.sha256, "its files are the same");
    fuzz::require(is_manifest_file_name(a.name) && a.name.find('/') == a.name.npos, "names are plain");
  }
}

}  // namespace
}  // namespace favras

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = favras::fuzz::Input(data, size).rest();
  favras::check(text);
  favras::check(favras::sealed(text));
  return 0;
}
