// What the tests of the data side share: a folder of their own and generators of text.
#pragma once

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <rapidcheck.h>

#include "apps/seq2seq/data/utf8.h"

namespace favras::seq2seq::testing {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "favras-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  std::filesystem::path write(std::string_view name, std::string_view bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

inline std::string read(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

// The message of the exception that f throws; empty if it throws none.
template <class F>
std::string message_of(F f) {
  try {
    f();
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

// Any code point but NUL and line ends: mostly ASCII, with white space, combining marks, Hangul,
// typographic marks and all the rest often enough to meet.
inline rc::Gen<char32_t> any_character() {
  const auto range = [](int first, int last) {
    return rc::gen::map(rc::gen::inRange(first, last + 1), [](int c) { return static_cast<char32_t>(c); });
  };
  return rc::gen::weightedOneOf<char32_t>(
      {{12, range(0x20, 0x7E)},
       {3, rc::gen::elementOf(std::u32string(U" \t\r\v\u0085\u00A0\u2003\u2028\u3000"))},
       {2, range(0x300, 0x36F)},
       {2, range(0x1100, 0x11FF)},
       {2, range(0x2010, 0x205F)},
       {2, range(0xA0, 0x24F)},
       {1, range(0xAC00, 0xD7A3)},
       {2, range(0xB, 0xD7FF)},
       {1, range(0xE000, 0x10FFFF)}});
}

inline rc::Gen<std::string> any_text() {
  return rc::gen::map(rc::gen::container<std::u32string>(any_character()),
                      [](const std::u32string& characters) { return encode_utf8(characters); });
}

}  // namespace favras::seq2seq::testing
