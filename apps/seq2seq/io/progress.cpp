#include "apps/seq2seq/io/progress.h"

#include <algorithm>
#include <cstdio>
#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "apps/seq2seq/io/console.h"

namespace favras::seq2seq {

std::string format_duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  if (whole >= 3600) return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
  if (whole >= 60) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  return fmt::format("{}s", whole);
}

std::string Speedometer::text(std::uint64_t lines, std::uint64_t done) const {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  const std::string speed = fmt::format("{:.0f} lines/s", static_cast<double>(lines) / seconds);
  if (whole_ == 0 || done == 0) return fmt::format("{} lines  {}", lines, speed);
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(whole_));
  return fmt::format("{:.0f}%  {}  {} left", 100.0 * share, speed,
                     format_duration(seconds * (1.0 - share) / share));
}

namespace {

std::size_t columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string bar(double share) {
  constexpr int kWidth = 20;
  const auto filled = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * kWidth);
  return fmt::format("[{:<{}}]", std::string(filled, '#'), kWidth);
}

}  // namespace

Progress::Progress(bool is_wanted) : terminal_(is_wanted && isatty(STDERR_FILENO) == 1) {}
Progress::~Progress() { clear(); }

void Progress::show(const std::string& text) {
  if (!terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (shown_ && now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  shown_ = true;
  // All is ASCII: a byte a column. The last column stays free, for some terminals wrap there.
  tell(stderr, fmt::format("\r{}\x1b[K", text.substr(0, columns() - 1)));  // and erase to the end of the line
}

void Progress::show(std::int64_t epoch, std::int64_t epochs, std::int64_t batch, std::int64_t batches,
                    double lines_per_second, double loss, double seconds_left) {
  const double share =
      static_cast<double>((epoch - 1) * batches + batch) / static_cast<double>(epochs * batches);
  show(fmt::format("{} {}/{}  {}/{}  {:.0f} lines/s  loss {:.3f}  {}", bar(share), epoch, epochs, batch,
                   batches, lines_per_second, loss,
                   seconds_left < 0 ? "" : format_duration(seconds_left) + " left"));
}

void Progress::clear() {
  if (!shown_) return;
  tell(stderr, "\r\x1b[K");
  shown_ = false;
}

}  // namespace favras::seq2seq
