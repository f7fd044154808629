// What the fuzz targets share. A target is a file NAME_fuzz.cpp with LLVMFuzzerTestOneInput, which is called
// with one input after another; a property that does not hold, or an exception that leaves it, is a find.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace favras::fuzz {

inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "this does not hold: %s\n", property);
  std::abort();
}

// What the parser gives; nothing where it refuses the input with the exception that it is documented to
// throw, in words that hold `named`. Any other exception is a find.
template <class Refusal, class Parse>
auto parsed(Parse parse, std::string_view named = "") -> std::optional<decltype(parse())> {
  try {
    return parse();
  } catch (const Refusal& refusal) {
    const std::string_view words = refusal.what();
    require(!words.empty() && words.find(named) != words.npos, "a refusal names the thing and says why");
    return std::nullopt;
  }
}

// An input, taken from its front.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  std::string_view rest() const { return rest_; }
  // 0 at the end.
  std::uint8_t byte() {
    const std::string_view first = take(1);
    return first.empty() ? 0 : static_cast<std::uint8_t>(first.front());
  }
  // Without its '\n'.
  std::string_view line() {
    const std::string_view text = take(rest_.find('\n'));
    take(1);
    return text;
  }

 private:
  std::string_view take(std::size_t bytes) {
    const std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
};

// Long texts of few bytes: after an ESC the character before it comes n * n * scale more times, n being the
// byte that follows. What comes behind `enough` bytes is left out.
inline std::string expanded(std::string_view text, std::size_t scale, std::size_t enough) {
  std::string result;
  for (std::size_t i = 0; i < text.size() && result.size() < enough; ++i) {
    if (text[i] == '\x1b' && i + 1 < text.size() && !result.empty()) {
      const auto n = static_cast<std::uint8_t>(text[++i]);
      std::size_t begin = result.size() - 1;
      while (begin > 0 && result.size() - begin < 4 && (result[begin] & 0xC0) == 0x80) --begin;
      const std::size_t end = result.size() + n * n * scale * (result.size() - begin);
      while (result.size() < end) result.append(result, begin, end - result.size());
    } else {
      result += text[i];
    }
  }
  return result;
}

// A file that its path opens and that no disk holds; for its owner alone.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content) : descriptor_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    const auto written = ::write(descriptor_, content.data(), content.size());
    require(written == static_cast<ssize_t>(content.size()) && ::fchmod(descriptor_, 0600) == 0,
            "there is memory for the input");
    ::lseek(descriptor_, 0, SEEK_SET);
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  int descriptor() const { return descriptor_; }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

// A directory of this process.
inline const std::filesystem::path& scratch() {
  struct Directory {
    Directory() {
      std::string pattern = (std::filesystem::temp_directory_path() / "favras-fuzz-XXXXXX").string();
      require(::mkdtemp(pattern.data()) != nullptr, "a temporary directory can be made");
      path = pattern;
    }
    ~Directory() { std::filesystem::remove_all(path); }
    std::filesystem::path path;
  };
  static const Directory directory;
  return directory.path;
}

}  // namespace favras::fuzz
