#include "apps/mailer/encoding.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "apps/mailer/utf8.h"

namespace favras::mailer {
namespace {

constexpr std::size_t kLine = 76;         // RFC 2045 and RFC 2047, without the line's end
constexpr std::size_t kBytesOfWord = 36;  // 48 characters of base64 and 12 around them
constexpr std::string_view kWordStart = "=?utf-8?B?";
constexpr std::string_view kWordEnd = "?=";

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'); }

int hex_value(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

// One line of text, its characters encoded one by one with soft breaks between them.
void append_line(std::string& result, std::string_view line) {
  std::size_t column = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool last = i + 1 == line.size();
    // mbox files put a '>' before lines that start with "From ".
    const bool plain = (is_printable(c) || c == '\t') && c != '=' && !(is_blank(c) && last) &&
                       !(i == 0 && line.starts_with("From "));
    const std::string piece =
        plain ? std::string(1, c) : fmt::format("={:02X}", static_cast<unsigned char>(c));
    if (column + piece.size() > kLine - (last ? 0 : 1)) {
      result += "=\r\n";
      column = 0;
    }
    result += piece;
    column += piece.size();
  }
  result += "\r\n";
}

// Whether folding and unfolding leave this text as it is and no reader takes it for encoded.
bool survives_as_it_is(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.find("  ") != text.npos ||
      text.find("=?") != text.npos)
    return text.empty();
  std::size_t word = 0;
  for (const char c : text) {
    if (!is_printable(c)) return false;
    word = c == ' ' ? 0 : word + 1;
    if (word > kLine - 16) return false;
  }
  return true;
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string result((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a zero
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  result.resize(static_cast<std::size_t>(size));
  return result;
}

std::string base64_lines(std::string_view bytes) {
  const std::string all = base64(bytes);
  std::string result;
  result.reserve(all.size() + all.size() / kLine * 2 + 2);
  for (std::size_t i = 0; i < all.size(); i += kLine) result.append(all, i, kLine).append("\r\n");
  return result;
}

std::string decode_base64(std::string_view text) {
  std::string packed;
  for (const char c : text)
    if (!is_blank(c) && c != '\r' && c != '\n') packed += c;
  const std::size_t padding = packed.ends_with("==") ? 2 : packed.ends_with("=") ? 1 : 0;
  const bool inner_padding = packed.find('=') < packed.size() - padding;
  std::string result(packed.size() / 4 * 3, '\0');
  const int size = packed.size() % 4 != 0 || inner_padding
                       ? -1
                       : EVP_DecodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                                         reinterpret_cast<const unsigned char*>(packed.data()),
                                         static_cast<int>(packed.size()));
  if (size < 0) throw std::runtime_error("text that should be base64 is not");
  result.resize(static_cast<std::size_t>(size) - padding);
  return result;
}

std::string quoted_printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    while (line.ends_with('\r')) line.remove_suffix(1);
    append_line(result, line);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return result;
}

std::string decode_quoted_printable(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("=\r\n")) {
      i += 2;
    } else if (rest.starts_with("\r\n")) {
      result += '\n';
      i += 1;
    } else if (rest[0] != '=') {
      result += rest[0];
    } else if (rest.size() > 2 && is_hex(rest[1]) && is_hex(rest[2])) {
      result += static_cast<char>(hex_value(rest[1]) * 16 + hex_value(rest[2]));
      i += 2;
    } else {
      throw std::runtime_error("text that should be quoted-printable is not");
    }
  }
  return result;
}

std::vector<std::string> encoded_words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    std::size_t size = 0;
    while (size < text.size()) {
      const std::size_t next = std::max<std::size_t>(character_size(text.substr(size)), 1);
      if (size + next > kBytesOfWord) break;
      size += next;
    }
    words.push_back(fmt::format("{}{}{}", kWordStart, base64(text.substr(0, size)), kWordEnd));
    text.remove_prefix(size);
  }
  return words;
}

std::string decode_words(std::string_view text) {
  std::string result;
  bool after_word = false;  // white space between two encoded words says nothing
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find_first_not_of(" \t\r\n"), text.size());
    const std::size_t end = std::min(text.find_first_of(" \t\r\n", blank), text.size());
    const std::string_view word = text.substr(blank, end - blank);
    const bool encoded = word.starts_with(kWordStart) && word.ends_with(kWordEnd) &&
                         word.size() >= kWordStart.size() + kWordEnd.size();
    if (!(encoded && after_word)) result += text.substr(0, blank);
    result +=
        encoded
            ? decode_base64(word.substr(kWordStart.size(), word.size() - kWordStart.size() - kWordEnd.size()))
            : std::string(word);
    after_word = encoded;
    text.remove_prefix(end);
  }
  return result;
}

std::string folded_header(std::string_view name, const std::vector<std::string>& tokens) {
  std::string result = fmt::format("{}:", name);
  std::size_t column = result.size();
  bool first = true;
  for (const std::string& token : tokens) {
    if (!first && column + 1 + token.size() > kLine) {
      result += "\r\n";
      column = 0;
    }
    result += ' ' + token;
    column += 1 + token.size();
    first = false;
  }
  return result + "\r\n";
}

std::string text_header(std::string_view name, std::string_view text) {
  if (!survives_as_it_is(text)) return folded_header(name, encoded_words(text));
  std::vector<std::string> tokens;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    tokens.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return folded_header(name, tokens);
}

}  // namespace favras::mailer
