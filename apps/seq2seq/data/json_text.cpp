#include "apps/seq2seq/data/json_text.h"

#include <cmath>

#include <fmt/format.h>

namespace favras::seq2seq {

namespace {

void write(std::string& text, const boost::json::value& value, const std::string& indent);

template <class Container, class WriteElement>
void write_all(std::string& text, const Container& elements, const char* brackets, const std::string& indent,
               WriteElement write_element) {
  const char* separator = "\n";
  text += brackets[0];
  for (const auto& element : elements) {
    text += separator + indent + "  ";
    write_element(element);
    separator = ",\n";
  }
  if (!elements.empty()) text += '\n' + indent;
  text += brackets[1];
}

void write(std::string& text, const boost::json::value& value, const std::string& indent) {
  if (const auto* object = value.if_object()) {
    write_all(text, *object, "{}", indent, [&](const boost::json::key_value_pair& member) {
      text += boost::json::serialize(boost::json::string(member.key())) + ": ";
      write(text, member.value(), indent + "  ");
    });
  } else if (const auto* array = value.if_array()) {
    write_all(text, *array, "[]", indent,
              [&](const boost::json::value& element) { write(text, element, indent + "  "); });
  } else if (const auto* number = value.if_double()) {
    text += std::isfinite(*number) ? fmt::format("{}", *number) : "null";
  } else {
    text += boost::json::serialize(value);
  }
}

}  // namespace

std::string to_readable_json(const boost::json::value& value) {
  std::string text;
  write(text, value, "");
  return text + '\n';
}

}  // namespace favras::seq2seq
