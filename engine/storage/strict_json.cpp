#include "engine/storage/strict_json.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace favras {
namespace {

using boost::json::error_code;
using boost::json::string_view;

// The parser's events: remembers the keys of every open object and stops at one that comes again.
struct DuplicateKeyFinder {
  static constexpr std::size_t max_object_size = -1;
  static constexpr std::size_t max_array_size = -1;
  static constexpr std::size_t max_key_size = -1;
  static constexpr std::size_t max_string_size = -1;

  std::vector<std::set<std::string>> open_objects;
  std::string key;  // the pieces of it read so far
  bool found = false;

  bool on_object_begin(error_code&) {
    open_objects.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, error_code&) {
    open_objects.pop_back();
    return true;
  }
  bool on_key_part(string_view part, std::size_t, error_code&) {
    key.append(part.data(), part.size());
    return true;
  }
  bool on_key(string_view part, std::size_t, error_code& error) {
    key.append(part.data(), part.size());
    found = !open_objects.back().insert(key).second;
    if (found) {
      error = boost::json::error::syntax;
      return false;
    }
    key.clear();
    return true;
  }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t, error_code&) { return true; }
  bool on_string_part(string_view, std::size_t, error_code&) { return true; }
  bool on_string(string_view, std::size_t, error_code&) { return true; }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, string_view, error_code&) { return true; }
  bool on_uint64(std::uint64_t, string_view, error_code&) { return true; }
  // Boost reads 6E363 as infinity and 0E603 as no number at all.
  bool on_double(double value, string_view, error_code& error) {
    if (!std::isfinite(value)) error = boost::json::error::exponent_overflow;
    return std::isfinite(value);
  }
  bool on_bool(bool, error_code&) { return true; }
  bool on_null(error_code&) { return true; }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }
};

}  // namespace

boost::json::value parse_strict_json(std::string_view text) {
  boost::json::basic_parser<DuplicateKeyFinder> parser{boost::json::parse_options()};
  error_code error;
  const std::size_t end = parser.write_some(false, text.data(), text.size(), error);
  if (parser.handler().found)
    throw std::runtime_error("the key " + json_string(parser.handler().key) + " comes twice in one object");
  if (error) throw std::runtime_error("not JSON at byte " + std::to_string(end) + ": " + error.message());
  if (end != text.size())
    throw std::runtime_error("more text follows the JSON value that ends at byte " + std::to_string(end));
  return boost::json::parse(string_view(text.data(), text.size()));
}

std::string json_string(std::string_view text) {
  return boost::json::serialize(string_view(text.data(), text.size()));
}

}  // namespace favras
