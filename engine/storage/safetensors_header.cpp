#include "engine/storage/safetensors_header.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <tuple>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "engine/storage/strict_json.h"

namespace favras {
namespace {

constexpr std::string_view kMetadataKey = "__metadata__";

struct Dtype {
  std::string_view name;
  std::size_t size;
};
constexpr Dtype kDtypes[] = {{"BOOL", 1},    {"U8", 1},      {"I8", 1},          {"F8_E4M3", 1},
                             {"F8_E5M2", 1}, {"F8_E8M0", 1}, {"F8_E4M3FNUZ", 1}, {"F8_E5M2FNUZ", 1},
                             {"U16", 2},     {"I16", 2},     {"F16", 2},         {"BF16", 2},
                             {"U32", 4},     {"I32", 4},     {"F32", 4},         {"U64", 8},
                             {"I64", 8},     {"F64", 8},     {"C64", 8}};

std::uint64_t natural_number(const boost::json::value& value, std::string_view field) {
  if (value.is_uint64()) return value.get_uint64();
  if (value.is_int64() && value.get_int64() >= 0) return static_cast<std::uint64_t>(value.get_int64());
  throw std::runtime_error(fmt::format("{} holds something other than whole numbers from 0", field));
}

const boost::json::array& array_field(const boost::json::object& object, std::string_view field) {
  const boost::json::value* value = object.if_contains(field);
  if (!value || !value->is_array()) throw std::runtime_error(fmt::format("{} is missing or no list", field));
  return value->get_array();
}

std::vector<std::int64_t> read_shape(const boost::json::object& object) {
  std::vector<std::int64_t> shape;
  for (const boost::json::value& value : array_field(object, "shape")) {
    const std::uint64_t size = natural_number(value, "shape");
    if (size > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      throw std::runtime_error(fmt::format("shape has the size {}, which is too large", size));
    shape.push_back(static_cast<std::int64_t>(size));
  }
  return shape;
}

std::uint64_t bytes_of(const SafetensorsEntry& entry) {
  std::uint64_t bytes = dtype_size(entry.dtype);
  for (const std::int64_t size : entry.shape)
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes))
      throw std::runtime_error(fmt::format("shape [{}] has too many elements", fmt::join(entry.shape, ", ")));
  return bytes;
}

SafetensorsEntry read_entry(std::string_view name, const boost::json::value& value,
                            std::uint64_t data_bytes) {
  const boost::json::object* object = value.if_object();
  if (!object) throw std::runtime_error("its entry is no object");
  if (object->size() != 3)
    throw std::runtime_error("its entry must have dtype, shape and data_offsets alone");
  const boost::json::value* dtype = object->if_contains("dtype");
  if (!dtype || !dtype->is_string()) throw std::runtime_error("dtype is missing or no text");
  const boost::json::array& offsets = array_field(*object, "data_offsets");
  if (offsets.size() != 2) throw std::runtime_error("data_offsets must be two numbers");

  const SafetensorsEntry entry{.name = std::string(name),
                               .dtype = std::string(dtype->get_string()),
                               .shape = read_shape(*object),
                               .begin = natural_number(offsets[0], "data_offsets"),
                               .end = natural_number(offsets[1], "data_offsets")};
  if (entry.begin > entry.end || entry.end > data_bytes)
    throw std::runtime_error(fmt::format("data_offsets [{}, {}] are not within the {} bytes of data",
                                         entry.begin, entry.end, data_bytes));
  const std::uint64_t bytes = bytes_of(entry);
  if (bytes != entry.end - entry.begin)
    throw std::runtime_error(fmt::format("shape [{}] of {} takes {} bytes but data_offsets give it {}",
                                         fmt::join(entry.shape, ", "), entry.dtype, bytes,
                                         entry.end - entry.begin));
  return entry;
}

std::map<std::string, std::string> read_metadata(const boost::json::value& value) {
  const boost::json::object* object = value.if_object();
  if (!object) throw std::runtime_error("__metadata__ is no object");
  std::map<std::string, std::string> metadata;
  for (const auto& [key, text] : *object) {
    if (!text.is_string()) throw std::runtime_error(fmt::format("metadata {} is no text", json_string(key)));
    metadata.emplace(key, text.get_string());
  }
  return metadata;
}

// The entries, sorted by place, must follow each other from the first byte of the data to the last.
void check_coverage(const std::vector<SafetensorsEntry>& entries, std::uint64_t data_bytes) {
  std::uint64_t covered = 0;
  for (const SafetensorsEntry& entry : entries) {
    if (entry.begin != covered)
      throw std::runtime_error(fmt::format("tensor {}: starts at byte {} of the data where {} is due: {}",
                                           json_string(entry.name), entry.begin, covered,
                                           entry.begin < covered ? "tensors overlap" : "there is a gap"));
    covered = entry.end;
  }
  if (covered != data_bytes)
    throw std::runtime_error(
        fmt::format("the tensors take {} bytes but {} bytes of data are there", covered, data_bytes));
}

}  // namespace

std::size_t dtype_size(std::string_view dtype) {
  for (const auto& [name, size] : kDtypes)
    if (name == dtype) return size;
  throw std::runtime_error(fmt::format("unknown dtype {}", json_string(dtype)));
}

SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes) {
  if (!text.starts_with('{')) throw std::runtime_error("the header does not start with '{'");
  const boost::json::value root = parse_strict_json(text);
  SafetensorsHeader header;
  for (const auto& [key, value] : root.as_object()) {
    const std::string_view name = key;
    if (name == kMetadataKey) {
      header.metadata = read_metadata(value);
      continue;
    }
    try {
      header.entries.push_back(read_entry(name, value, data_bytes));
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(fmt::format("tensor {}: {}", json_string(name), error.what()));
    }
  }
  std::ranges::stable_sort(header.entries, {},
                           [](const SafetensorsEntry& entry) { return std::tuple(entry.begin, entry.end); });
  check_coverage(header.entries, data_bytes);
  return header;
}

std::string format_safetensors_header(const SafetensorsHeader& header) {
  std::vector<std::string> members;
  if (!header.metadata.empty()) {
    std::vector<std::string> pairs;
    for (const auto& [key, text] : header.metadata)
      pairs.push_back(json_string(key) + ":" + json_string(text));
    members.push_back(fmt::format("{}:{{{}}}", json_string(kMetadataKey), fmt::join(pairs, ",")));
  }
  for (const SafetensorsEntry& entry : header.entries)
    members.push_back(fmt::format(R"({}:{{"dtype":{},"shape":[{}],"data_offsets":[{},{}]}})",
                                  json_string(entry.name), json_string(entry.dtype),
                                  fmt::join(entry.shape, ","), entry.begin, entry.end));
  std::string text = fmt::format("{{{}}}", fmt::join(members, ","));
  const std::size_t unpadded = sizeof(std::uint64_t) + text.size();
  text.append((kSafetensorsAlignment - unpadded % kSafetensorsAlignment) % kSafetensorsAlignment, ' ');
  return text;
}

}  // namespace favras
