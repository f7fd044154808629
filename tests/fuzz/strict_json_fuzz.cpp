// JSON without keys that come twice, and texts as JSON strings.
#include <algorithm>
#include <stdexcept>

#include <boost/json.hpp>

#include "apps/seq2seq/data/json_text.h"
#include "apps/seq2seq/data/utf8.h"
#include "engine/storage/strict_json.h"
#include "tests/fuzz/fuzz.h"

namespace favras {
namespace {

namespace json = boost::json;

bool holds_double(const json::value& value) {
  if (const auto* object = value.if_object())
    return std::any_of(object->begin(), object->end(),
                       [](const auto& member) { return holds_double(member.value()); });
  if (const auto* array = value.if_array()) return std::any_of(array->begin(), array->end(), holds_double);
  return value.is_double();
}

}  // namespace
}  // namespace favras

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  const std::string_view text = fuzz::Input(data, size).rest();
  if (!seq2seq::first_invalid_byte(text))
    fuzz::require(
        parse_strict_json(json_string(text)).as_string() == json::string_view(text.data(), text.size()),
        "a text as a JSON string is read as the same");
  const auto value = fuzz::parsed<std::runtime_error>([&] { return parse_strict_json(text); });
  if (!value) return 0;
  const json::value readable = parse_strict_json(seq2seq::to_readable_json(*value));
  // Of fractions Boost.JSON may change the last bit; those too large are Infinity when it writes them, and
  // 0E603 is NaN.
  if (holds_double(*value)) return 0;
  fuzz::require(json::parse(json::string_view(text.data(), text.size())) == *value, "others read the same");
  fuzz::require(parse_strict_json(json::serialize(*value)) == *value && readable == *value,
                "written JSON is read as the same");
  return 0;
}
