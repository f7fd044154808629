// What quoted-printable keeps of a text.
#pragma once

#include <string>
#include <string_view>

namespace favras::fuzz {

// Every line with an end of LF, and no CR before it.
inline std::string with_plain_ends(std::string_view text) {
  std::string result;
  const auto end_line = [&] {
    while (result.ends_with('\r')) result.pop_back();
    result += '\n';
  };
  for (const char c : text)
    if (c == '\n')
      end_line();
    else
      result += c;
  if (!text.empty() && !text.ends_with('\n')) end_line();
  return result;
}

}  // namespace favras::fuzz
