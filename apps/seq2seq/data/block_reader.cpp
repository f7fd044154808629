#include "apps/seq2seq/data/block_reader.h"

#include <exception>
#include <fcntl.h>
#include <limits>
#include <mutex>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace favras::seq2seq {

namespace {

struct stat status_of(const File& file) {
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0) throw_errno("fstat", file.path());
  return status;
}

bool same_time(const timespec& left, const timespec& right) {
  return left.tv_sec == right.tv_sec && left.tv_nsec == right.tv_nsec;
}

}  // namespace

bool BlockReader::open_next_file() {
  if (file_) close_file();
  if (opened_ == files_.size()) return false;
  file_.emplace(files_[opened_++], O_RDONLY);
  status_ = status_of(*file_);
  bytes_ = 0;
  line_ = 1;
  return true;
}

void BlockReader::close_file() {
  const struct stat now = status_of(*file_);
  if (static_cast<std::uint64_t>(now.st_size) != bytes_ || !same_time(now.st_mtim, status_.st_mtim)) {
    throw std::runtime_error(
        fmt::format("{}: changed while it was read; run prepare again when nothing writes to it",
                    file_->path().string()));
  }
  sums_.push_back({bytes_, hex(sha_.digest())});
  file_.reset();
}

bool BlockReader::fill() {
  const std::size_t kept = rest_.size();
  rest_.resize(kept + kBlockBytes);
  const auto bytes = std::as_writable_bytes(std::span(rest_)).subspan(kept);
  const std::size_t count = file_->read(bytes);
  sha_.update(bytes.first(count));
  bytes_ += count;
  rest_.resize(kept + count);
  return count > 0;
}

void BlockReader::skip_rest_of_line() {
  std::size_t end;
  while ((end = rest_.find('\n')) == std::string::npos) {
    rest_.clear();
    if (!fill()) return;
  }
  rest_.erase(0, end + 1);
}

bool BlockReader::next(Block& block) {
  while (!file_ || (rest_.empty() && !fill())) {
    if (!open_next_file()) return false;
  }
  std::size_t end = rest_.rfind('\n');
  while (end == std::string::npos && rest_.size() <= kLongestLineBytes && fill()) end = rest_.rfind('\n');
  block.file = opened_ - 1;
  block.first_line = line_;
  if (end != std::string::npos) {
    block.text.assign(rest_, 0, end + 1);
    rest_.erase(0, end + 1);
  } else if (rest_.size() <= kLongestLineBytes) {
    block.text = std::exchange(rest_, {});
  } else {
    block.text.assign(rest_, 0, kLongestLineBytes + 1).push_back('\n');
    skip_rest_of_line();
  }
  line_ += static_cast<std::uint64_t>(std::count(block.text.begin(), block.text.end(), '\n'));
  return true;
}

std::vector<FileSum> for_each_block(const std::vector<std::filesystem::path>& files, int threads,
                                    const std::function<void(int, const Block&)>& work) {
  BlockReader reader(files);
  std::mutex mutex;  // guards the reader and everything below
  std::size_t blocks = 0;
  std::exception_ptr failure;
  std::size_t failed_block = std::numeric_limits<std::size_t>::max();

  const auto run = [&](int thread) {
    Block block;
    for (;;) {
      std::size_t index = 0;
      try {
        {
          const std::lock_guard lock(mutex);
          // Blocks are given out in order, so every block before a failed one is finished in any case.
          if (failure) return;
          index = blocks++;
          if (!reader.next(block)) return;
        }
        work(thread, block);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (index < failed_block) {
          failed_block = index;
          failure = std::current_exception();
        }
        return;
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (int thread = 1; thread < threads; ++thread) helpers.emplace_back(run, thread);
    run(0);
  }
  if (failure) std::rethrow_exception(failure);
  return reader.sums();
}

}  // namespace favras::seq2seq
