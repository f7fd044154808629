#include "engine/storage/manifest.h"

#include <span>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <fmt/format.h>

#include "engine/storage/sha256.h"
#include "engine/storage/strict_json.h"

namespace favras {
namespace {

// The checksum is over the text without white space of all members before it.
std::string checksum_of(const boost::json::object& members) {
  const std::string text = boost::json::serialize(members);
  Sha256 sha;
  sha.update(std::as_bytes(std::span(text)));
  return hex(sha.digest());
}

// Takes the checksum off the object and compares it. Every later format must keep this way of checking.
void check_own_checksum(boost::json::object& members) {
  const boost::json::value* given = members.if_contains("checksum");
  if (!given || !given->is_string()) throw std::runtime_error("it has no checksum");
  const std::string checksum(given->get_string());
  members.erase("checksum");
  if (checksum_of(members) != checksum) throw std::runtime_error("its own checksum does not agree");
}

ManifestFile read_file(const boost::json::value& value) {
  const boost::json::object& object = value.as_object();
  ManifestFile file{.name = boost::json::value_to<std::string>(object.at("name")),
                    .size = boost::json::value_to<std::uint64_t>(object.at("size")),
                    .sha256 = boost::json::value_to<std::string>(object.at("sha256"))};
  if (!is_manifest_file_name(file.name))
    throw std::runtime_error("it names a file " + json_string(file.name));
  return file;
}

}  // namespace

bool is_manifest_file_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name != kManifestName &&
         name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

std::string format_manifest(const Manifest& manifest) {
  boost::json::array files;
  for (const ManifestFile& file : manifest.files)
    files.push_back(boost::json::object{{"name", file.name}, {"size", file.size}, {"sha256", file.sha256}});
  boost::json::object members{
      {"format_version", kCheckpointFormat}, {"step", manifest.step}, {"files", std::move(files)}};
  members["checksum"] = checksum_of(members);
  return boost::json::serialize(members) + "\n";
}

Manifest parse_manifest(std::string_view text) try {
  boost::json::value root = parse_strict_json(text);
  boost::json::object& members = root.as_object();
  check_own_checksum(members);
  const auto format = boost::json::value_to<std::uint64_t>(members.at("format_version"));
  if (format > kCheckpointFormat)
    throw NewerCheckpointFormat(
        fmt::format("its format is {}, newer than the {} this program knows: use the program that wrote it",
                    format, kCheckpointFormat));
  Manifest manifest{.step = boost::json::value_to<std::uint64_t>(members.at("step")), .files = {}};
  for (const boost::json::value& file : members.at("files").as_array())
    manifest.files.push_back(read_file(file));
  return manifest;
} catch (const std::logic_error&) {  // Boost.JSON's, for a member that is not there or of another kind
  throw std::runtime_error("a member is missing or not of its kind");
}

}  // namespace favras
