#include "apps/seq2seq/data/block_reader.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include "apps/seq2seq/data/files.h"

namespace favras::seq2seq {

bool BlockReader::open_next_file() {
  if (opened_ == files_.size()) return false;
  stream_ = open_for_reading(files_[opened_++]);
  line_ = 1;
  return true;
}

bool BlockReader::fill() {
  const std::size_t kept = rest_.size();
  rest_.resize(kept + kBlockBytes);
  stream_.read(rest_.data() + kept, static_cast<std::streamsize>(kBlockBytes));
  require_read(stream_, files_[opened_ - 1]);
  rest_.resize(kept + static_cast<std::size_t>(stream_.gcount()));
  return rest_.size() > kept;
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
  while (opened_ == 0 || (rest_.empty() && !fill())) {
    if (!open_next_file()) return false;
  }
  std::size_t end = rest_.rfind('\n');
  while (end == std::string::npos && rest_.size() < kBlockBytes && fill()) end = rest_.rfind('\n');
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

void for_each_block(const std::vector<std::filesystem::path>& files, int threads,
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
}

}  // namespace favras::seq2seq
