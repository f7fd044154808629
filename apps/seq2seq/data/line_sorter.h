// Sorts any number of lines by their hashes in bounded memory: sorted runs in a file, merged range by range.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "apps/seq2seq/data/hashing.h"
#include "engine/storage/file.h"

namespace favras::seq2seq {

// A distinct line and the sides that it was met on.
struct SortedLine {
  std::uint64_t hash;
  std::string_view content;
  Sides sides;
};

// All lines of a range of hashes, in order of hash and content.
struct SortedRange {
  std::vector<SortedLine> lines;
  std::vector<char> bytes;  // that the contents are views into
};

// Each adding thread has a buffer. A full one is sorted, rid of duplicates and appended to a file: a run.
// Runs, and what is left in the buffers, are merged part by part, by the first bits of the hash, on any
// thread: hashes are uniform, so that all parts hold about as many bytes.
class LineSorter {
 public:
  static constexpr const char* kFileName = "runs";

  // The file is made in `folder` and loses its name at once: however the process ends, nothing stays. All
  // buffers together have about `memory` bytes. Every member throws std::system_error naming the file when
  // it cannot be written or read.
  LineSorter(const std::filesystem::path& folder, std::size_t memory, int threads);

  // Calls for different threads, in [0, threads), may overlap. The content has less than 2^30 bytes.
  void add(int thread, std::uint64_t hash, Sides side, std::string_view content);
  // After the last add(). Returns into how many ranges all has been cut.
  std::size_t finish();
  // After finish(). Calls may overlap.
  SortedRange read(std::size_t range) const;

  std::size_t runs() const { return runs_.size(); }

 private:
  static constexpr int kIndexBits = 12;  // a part of 3 GB has 730 KB
  static constexpr std::size_t kParts = std::size_t{1} << kIndexBits;

  struct Key {
    std::uint64_t hash;
    std::uint32_t offset;  // in the buffer
    std::uint32_t length : 30;
    std::uint32_t sides : 2;
  };
  struct alignas(64) Buffer {  // threads do not share its cache line
    std::string text;
    std::vector<Key> keys;
    std::string_view content(const Key& key) const { return {text.data() + key.offset, key.length}; }
  };
  struct Run {
    std::uint64_t offset;                         // in the file
    std::array<std::uint32_t, kParts + 1> parts;  // where the lines with these first bits start, from there
  };

  static std::size_t part_of(std::uint64_t hash) { return hash >> (64 - kIndexBits); }
  static void sort_and_unite(Buffer& buffer);
  void spill(Buffer& buffer);
  void write_run(const Buffer& buffer, std::uint64_t offset) const;

  const std::size_t buffer_bytes_;
  File file_;
  std::atomic<std::uint64_t> file_size_ = 0;
  std::vector<Buffer> buffers_;
  std::mutex mutex_;  // guards runs_ while lines are added
  std::vector<Run> runs_;
  std::size_t ranges_ = 1;
};

}  // namespace favras::seq2seq
