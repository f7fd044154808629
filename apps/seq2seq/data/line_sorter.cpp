#include "apps/seq2seq/data/line_sorter.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <span>
#include <unistd.h>

#include "apps/seq2seq/data/parallel.h"

namespace favras::seq2seq {

namespace {

constexpr std::size_t kLargestBuffer = std::size_t{1} << 30;  // offsets in it have 32 bits
constexpr std::size_t kWriteBytes = std::size_t{1} << 20;

// What stands before a line's content in a run.
struct Header {
  std::uint64_t hash;
  std::uint32_t length, sides;
};

File open_nameless(const std::filesystem::path& path) {
  File file(path, O_RDWR | O_CREAT | O_TRUNC);
  std::filesystem::remove(path);
  return file;
}

void write_at(const File& file, std::uint64_t offset, std::span<const char> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(file.descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno("write", file.path());
    offset += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void read_at(const File& file, std::uint64_t offset, std::span<char> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::pread(file.descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) errno = EIO;  // it was longer when it was written
    if (count <= 0) throw_errno("read", file.path());
    offset += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void append(std::vector<char>& bytes, const Header& header, std::string_view content) {
  const char* begin = reinterpret_cast<const char*>(&header);
  bytes.insert(bytes.end(), begin, begin + sizeof header);
  bytes.insert(bytes.end(), content.begin(), content.end());
}

std::vector<SortedLine> parse(std::string_view bytes) {
  std::vector<SortedLine> lines;
  while (!bytes.empty()) {
    Header header;
    std::memcpy(&header, bytes.data(), sizeof header);
    lines.push_back(
        {header.hash, bytes.substr(sizeof header, header.length), static_cast<Sides>(header.sides)});
    bytes.remove_prefix(sizeof header + header.length);
  }
  return lines;
}

// Leaves the first of equal lines, with the sides of all. `content_of` gives a line's content.
template <class Line, class Content>
void sort_and_unite(std::vector<Line>& lines, const Content& content_of) {
  std::sort(lines.begin(), lines.end(), [&](const Line& left, const Line& right) {
    return left.hash != right.hash ? left.hash < right.hash : content_of(left) < content_of(right);
  });
  std::size_t kept = 0;
  for (const Line& line : lines) {
    if (kept > 0 && lines[kept - 1].hash == line.hash && content_of(lines[kept - 1]) == content_of(line)) {
      lines[kept - 1].sides |= line.sides;
    } else {
      lines[kept++] = line;
    }
  }
  lines.resize(kept);
}

}  // namespace

LineSorter::LineSorter(const std::filesystem::path& folder, std::size_t memory, int threads)
    : buffer_bytes_(std::min(memory / static_cast<std::size_t>(threads), kLargestBuffer)),
      range_bytes_(buffer_bytes_ / 8),
      file_(open_nameless(folder / kFileName)),
      buffers_(static_cast<std::size_t>(threads)) {}

void LineSorter::add(int thread, std::uint64_t hash, Sides side, std::string_view content) {
  Buffer& buffer = buffers_[static_cast<std::size_t>(thread)];
  if (buffer.keys.empty()) {
    buffer.text.reserve(buffer_bytes_ + content.size());  // memory that is not touched costs nothing
    buffer.keys.reserve(buffer_bytes_ / sizeof(Key) + 1);
  }
  buffer.keys.push_back({.hash = hash,
                         .offset = static_cast<std::uint32_t>(buffer.text.size()),
                         .length = static_cast<std::uint32_t>(content.size()) & 0x3FFFFFFFu,
                         .sides = side & 3u});
  buffer.text += content;
  if (buffer.text.size() + buffer.keys.size() * sizeof(Key) >= buffer_bytes_) spill(buffer);
}

void LineSorter::spill(Buffer& buffer) {
  sort_and_unite(buffer.keys, [&](const Key& key) { return buffer.content(key); });
  Run run{.offset = 0, .parts = {}};
  std::uint32_t size = 0;
  std::size_t part = 0;
  for (const Key& key : buffer.keys) {
    while (part <= part_of(key.hash)) run.parts[part++] = size;
    size += static_cast<std::uint32_t>(sizeof(Header)) + key.length;
  }
  while (part <= kParts) run.parts[part++] = size;
  run.offset = file_size_.fetch_add(size);
  write_run(buffer, run.offset);
  buffer.text.clear();
  buffer.keys.clear();
  const std::lock_guard lock(mutex_);
  runs_.push_back(run);
}

void LineSorter::write_run(const Buffer& buffer, std::uint64_t offset) const {
  std::vector<char> bytes;
  const auto write = [&] {
    write_at(file_, offset, bytes);
    offset += bytes.size();
    bytes.clear();
  };
  for (const Key& key : buffer.keys) {
    append(bytes, {key.hash, key.length, key.sides}, buffer.content(key));
    if (bytes.size() >= kWriteBytes) write();
  }
  write();
}

std::size_t LineSorter::finish() {
  run_on_threads(static_cast<int>(buffers_.size()), [&](int thread) {
    Buffer& buffer = buffers_[static_cast<std::size_t>(thread)];
    if (!buffer.keys.empty()) spill(buffer);
    buffer = {};
  });
  ranges_ = {0};
  std::size_t bytes = 0;
  for (std::size_t part = 0; part < kParts; ++part) {
    for (const Run& run : runs_) bytes += run.parts[part + 1] - run.parts[part];
    if (bytes < range_bytes_ && part + 1 < kParts) continue;
    ranges_.push_back(part + 1);
    bytes = 0;
  }
  return ranges_.size() - 1;
}

SortedRange LineSorter::read(std::size_t range) const {
  const std::size_t first = ranges_[range], end = ranges_[range + 1];
  const auto size_in = [&](const Run& run) { return run.parts[end] - run.parts[first]; };
  std::size_t size = 0;
  for (const Run& run : runs_) size += size_in(run);
  SortedRange result;
  result.bytes.resize(size);
  std::span<char> free = result.bytes;
  for (const Run& run : runs_) {
    read_at(file_, run.offset + run.parts[first], free.first(size_in(run)));
    free = free.subspan(size_in(run));
  }
  result.lines = parse({result.bytes.data(), result.bytes.size()});
  sort_and_unite(result.lines, [](const SortedLine& line) { return line.content; });
  return result;
}

}  // namespace favras::seq2seq
