#include "apps/seq2seq/data/line_sorter.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <span>
#include <sys/mman.h>
#include <unistd.h>

#include "apps/seq2seq/data/parallel.h"

namespace favras::seq2seq {

namespace {

constexpr std::size_t kLargestBuffer = std::size_t{1} << 30;  // offsets in it have 32 bits
constexpr std::size_t kRangeBytes = std::size_t{2} << 20;     // a cache can hold it
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

// Fewer page faults, and fewer misses when lines are read in the order of their hashes.
void prefer_huge_pages(void* begin, std::size_t size) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto first = (reinterpret_cast<std::uintptr_t>(begin) + page - 1) / page * page;
  const auto end = (reinterpret_cast<std::uintptr_t>(begin) + size) / page * page;
  if (first < end) ::madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
}

void append(std::vector<char>& bytes, const Header& header, std::string_view content) {
  const char* begin = reinterpret_cast<const char*>(&header);
  bytes.insert(bytes.end(), begin, begin + sizeof header);
  bytes.insert(bytes.end(), content.begin(), content.end());
}

// Adds the lines of a run's bytes.
void parse(std::string_view bytes, std::vector<SortedLine>& lines) {
  while (!bytes.empty()) {
    Header header;
    std::memcpy(&header, bytes.data(), sizeof header);
    lines.push_back(
        {header.hash, bytes.substr(sizeof header, header.length), static_cast<Sides>(header.sides)});
    bytes.remove_prefix(sizeof header + header.length);
  }
}

bool is_before(std::uint64_t hash, std::string_view content, std::uint64_t other_hash,
               std::string_view other_content) {
  return hash != other_hash ? hash < other_hash : content < other_content;
}

// Of sorted lines leaves the first of equal ones, with the sides of all. `content_of` gives a line's content.
template <class Line, class Content>
void unite(std::vector<Line>& lines, const Content& content_of) {
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

// Sorts lines made of sorted sequences that end at these places.
void merge(std::vector<SortedLine>& lines, std::vector<std::size_t> ends) {
  const auto compare = [](const SortedLine& left, const SortedLine& right) {
    return is_before(left.hash, left.content, right.hash, right.content);
  };
  const auto at = [&](std::size_t index) { return lines.begin() + static_cast<std::ptrdiff_t>(index); };
  while (ends.size() > 1) {
    std::vector<std::size_t> merged;
    for (std::size_t i = 0, begin = 0; i < ends.size(); i += 2, begin = merged.back()) {
      if (i + 1 < ends.size()) std::inplace_merge(at(begin), at(ends[i]), at(ends[i + 1]), compare);
      merged.push_back(ends[std::min(i + 1, ends.size() - 1)]);
    }
    ends = std::move(merged);
  }
}

}  // namespace

LineSorter::LineSorter(const std::filesystem::path& folder, std::size_t memory, int threads)
    : buffer_bytes_(std::min(memory / static_cast<std::size_t>(threads), kLargestBuffer)),
      file_(open_nameless(folder / kFileName)),
      buffers_(static_cast<std::size_t>(threads)) {}

void LineSorter::add(int thread, std::uint64_t hash, Sides side, std::string_view content) {
  Buffer& buffer = buffers_[static_cast<std::size_t>(thread)];
  if (buffer.keys.empty()) {
    buffer.text.reserve(buffer_bytes_ + content.size());  // memory that is not touched costs nothing
    buffer.keys.reserve(buffer_bytes_ / sizeof(Key) + 1);
    prefer_huge_pages(buffer.text.data(), buffer.text.capacity());
    prefer_huge_pages(buffer.keys.data(), buffer.keys.capacity() * sizeof(Key));
  }
  buffer.keys.push_back({.hash = hash,
                         .offset = static_cast<std::uint32_t>(buffer.text.size()),
                         .length = static_cast<std::uint32_t>(content.size()) & 0x3FFFFFFFu,
                         .sides = side & 3u});
  buffer.text += content;
  if (buffer.text.size() + buffer.keys.size() * sizeof(Key) >= buffer_bytes_) spill(buffer);
}

void LineSorter::sort_and_unite(Buffer& buffer) {
  const auto content_of = [&](const Key& key) { return buffer.content(key); };
  std::sort(buffer.keys.begin(), buffer.keys.end(), [&](const Key& left, const Key& right) {
    return is_before(left.hash, content_of(left), right.hash, content_of(right));
  });
  unite(buffer.keys, content_of);
}

void LineSorter::spill(Buffer& buffer) {
  sort_and_unite(buffer);
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
  run_on_threads(static_cast<int>(buffers_.size()),
                 [&](int thread) { sort_and_unite(buffers_[static_cast<std::size_t>(thread)]); });
  std::uint64_t bytes = file_size_;
  for (const Buffer& buffer : buffers_) bytes += buffer.text.size() + buffer.keys.size() * sizeof(Key);
  ranges_ = std::clamp<std::size_t>(bytes / std::min(buffer_bytes_ / 8 + 256, kRangeBytes), 1, kParts);
  return ranges_;
}

SortedRange LineSorter::read(std::size_t range) const {
  const std::size_t first = range * kParts / ranges_, end = (range + 1) * kParts / ranges_;
  SortedRange result;
  std::size_t size = 0;
  for (const Run& run : runs_) size += run.parts[end] - run.parts[first];
  result.bytes.resize(size);
  std::vector<std::size_t> ends;
  std::span<char> free = result.bytes;
  for (const Run& run : runs_) {
    const std::span<char> bytes = free.first(run.parts[end] - run.parts[first]);
    free = free.subspan(bytes.size());
    read_at(file_, run.offset + run.parts[first], bytes);
    parse({bytes.data(), bytes.size()}, result.lines);
    ends.push_back(result.lines.size());
  }
  for (const Buffer& buffer : buffers_) {
    const auto begin_of = [&](std::size_t part) {
      return std::partition_point(buffer.keys.begin(), buffer.keys.end(),
                                  [&](const Key& key) { return part_of(key.hash) < part; });
    };
    for (auto key = begin_of(first), last = begin_of(end); key != last; ++key)
      result.lines.push_back({key->hash, buffer.content(*key), static_cast<Sides>(key->sides)});
    ends.push_back(result.lines.size());
  }
  merge(result.lines, std::move(ends));
  unite(result.lines, [](const SortedLine& line) { return line.content; });
  return result;
}

}  // namespace favras::seq2seq
