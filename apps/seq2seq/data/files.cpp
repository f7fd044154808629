#include "apps/seq2seq/data/files.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/storage/file.h"

namespace favras::seq2seq {

std::ifstream open_for_reading(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    throw std::runtime_error(fmt::format("{}: is a directory, where a file is needed", file.string()));
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    throw std::runtime_error(fmt::format("{}: cannot be read: {}", file.string(), std::strerror(errno)));
  return stream;
}

void require_read(const std::ifstream& stream, const std::filesystem::path& file) {
  if (stream.bad()) {
    throw std::runtime_error(fmt::format("{}: reading failed: {}", file.string(), std::strerror(errno)));
  }
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream = open_for_reading(file);
  std::string bytes(static_cast<std::size_t>(std::filesystem::file_size(file)), '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  require_read(stream, file);
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  return bytes;
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  File file(path, O_WRONLY | O_CREAT | O_TRUNC);
  file.write(bytes);
  file.close();
}

}  // namespace favras::seq2seq
