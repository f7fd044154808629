#include "apps/seq2seq/line_reader.h"

#include <cerrno>
#include <poll.h>
#include <system_error>
#include <unistd.h>

namespace favras::seq2seq {

namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 16;

// True if there is something to read, or the end. timeout in milliseconds, -1: for ever.
bool wait_for_input(int descriptor, int timeout) {
  pollfd request{.fd = descriptor, .events = POLLIN, .revents = 0};
  int ready = 0;
  do {
    ready = poll(&request, 1, timeout);
  } while (ready < 0 && errno == EINTR);
  return ready != 0;  // reading reports what is wrong with a descriptor that cannot be polled
}

}  // namespace

std::vector<InputLine> LineReader::next(std::size_t most) {
  std::vector<InputLine> lines;
  while (lines.size() < most) {
    if (InputLine line; take_line(line)) {
      lines.push_back(std::move(line));
    } else if (ended_ || (!lines.empty() && !is_ready())) {
      break;
    } else {
      read_more();
    }
  }
  return lines;
}

bool LineReader::take_line(InputLine& line) {
  const std::size_t newline = buffer_.find('\n', searched_);
  const bool found = newline != buffer_.npos;
  searched_ = found ? newline + 1 : buffer_.size();
  if (!found && (!ended_ || begin_ == buffer_.size())) return false;
  std::size_t end = found ? newline : buffer_.size();
  if (end > begin_ && buffer_[end - 1] == '\r') --end;
  line.text = buffer_.substr(begin_, end - begin_);
  line.ending = buffer_.substr(end, searched_ - end);
  begin_ = searched_;
  return true;
}

bool LineReader::is_ready() const { return wait_for_input(descriptor_, 0); }

void LineReader::read_more() {
  buffer_.erase(0, begin_);
  searched_ -= begin_;
  begin_ = 0;
  const std::size_t held = buffer_.size();
  buffer_.resize(held + kReadBytes);
  ssize_t count = 0;
  while ((count = read(descriptor_, buffer_.data() + held, kReadBytes)) < 0) {
    if (errno == EAGAIN) {
      wait_for_input(descriptor_, -1);
    } else if (errno != EINTR) {
      const int error = errno;
      buffer_.resize(held);
      throw std::system_error(error, std::generic_category(), "cannot read " + name_);
    }
  }
  buffer_.resize(held + static_cast<std::size_t>(count));
  ended_ = count == 0;
}

}  // namespace favras::seq2seq
