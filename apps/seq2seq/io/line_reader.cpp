#include "apps/seq2seq/io/line_reader.h"

#include <cerrno>
#include <poll.h>
#include <string_view>
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

std::vector<InputLine> LineReader::next(std::size_t most, std::size_t bytes) {
  std::vector<InputLine> lines;
  const std::uint64_t enough = taken_ + bytes;
  while (lines.size() < most && taken_ < enough) {
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
  searched_ = found ? newline : buffer_.size();
  const std::size_t held = searched_ - begin_;
  if (found || (ended_ && held > 0)) {
    const std::size_t text_end = held > 0 && buffer_[searched_ - 1] == '\r' ? searched_ - 1 : searched_;
    if (text_end - begin_ <= kPartBytes) {
      if (found) ++searched_;
      take(line, text_end, searched_);
      return true;
    }
  } else if (held <= kPartBytes + 1) {
    return false;  // its text may still turn out to be kPartBytes long, before "\r\n"
  }
  const std::size_t end = part_end();
  line.goes_on = true;
  take(line, end, end);
  return true;
}

void LineReader::take(InputLine& line, std::size_t text_end, std::size_t end) {
  line.text = buffer_.substr(begin_, text_end - begin_);
  line.ending = buffer_.substr(text_end, end - text_end);
  taken_ += end - begin_;
  begin_ = end;
}

std::size_t LineReader::part_end() const {
  const std::string_view part = std::string_view(buffer_).substr(begin_, kPartBytes);
  if (const std::size_t blank = part.find_last_of(" \t"); blank != part.npos) return begin_ + blank + 1;
  const auto continues = [&](std::size_t place) {  // a character that began before
    return (static_cast<unsigned char>(buffer_[place]) & 0xC0) == 0x80;
  };
  const std::size_t end = begin_ + part.size();
  for (std::size_t place = end; place + 4 > end; --place)
    if (!continues(place)) return place;
  return end;  // no UTF-8
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
