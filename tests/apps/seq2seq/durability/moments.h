// Random moments in the life of a running program: after a time, or just after it has touched a file.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <poll.h>
#include <random>
#include <stdexcept>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace favras::test {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  // From 0 to most, both possible.
  std::int64_t up_to(std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(0, most)(engine_);
  }

 private:
  std::mt19937_64 engine_;
};

inline void sleep_for(std::int64_t microseconds) {
  const timespec time{microseconds / 1000000, microseconds % 1000000 * 1000};
  ::nanosleep(&time, nullptr);
}

// Waits until the condition holds, looking ten thousand times a second, or the process has ended.
inline void wait_until(pid_t process, const std::function<bool()>& condition) {
  const auto ended = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
  const timespec while_waiting{0, 100000};
  pollfd end{ended, POLLIN, 0};
  while (!condition() && ::ppoll(&end, 1, &while_waiting, nullptr) == 0) {
  }
  ::close(ended);
}

// The changes that a process makes in a directory and below it. Watching starts with the object.
class FileWatch {
 public:
  enum class Where { kInIt, kBelowIt };

  explicit FileWatch(const std::filesystem::path& directory)
      : root_(directory), events_(::inotify_init1(IN_CLOEXEC)) {
    if (events_ < 0) throw std::runtime_error("inotify_init1 failed");
    add(directory);
  }
  ~FileWatch() { ::close(events_); }
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  // Waits until so many changes were made there, or the process has ended.
  void wait(pid_t process, std::int64_t changes, Where where) {
    const auto ended = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
    while (changes > 0) {
      std::array<pollfd, 2> both{{{events_, POLLIN, 0}, {ended, POLLIN, 0}}};
      if (::poll(both.data(), both.size(), -1) < 0 || !(both[0].revents & POLLIN)) break;
      changes -= read_changes(where);
    }
    ::close(ended);
  }

 private:
  void add(const std::filesystem::path& directory) {
    const int watch =
        ::inotify_add_watch(events_, directory.c_str(), IN_CREATE | IN_MODIFY | IN_MOVED_TO | IN_DELETE);
    if (watch < 0) return;  // it is gone already
    directories_[watch] = directory;
    std::error_code gone;
    for (const auto& entry : std::filesystem::directory_iterator(directory, gone))
      if (entry.is_directory(gone)) add(entry.path());
  }

  std::int64_t read_changes(Where where) {
    alignas(inotify_event) std::array<char, 1024> buffer;
    const ssize_t size = ::read(events_, buffer.data(), buffer.size());
    std::int64_t changes = 0;
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      const std::filesystem::path& directory = directories_[event->wd];
      if ((directory == root_) == (where == Where::kInIt)) ++changes;
      if ((event->mask & IN_ISDIR) && (event->mask & IN_CREATE)) add(directory / event->name);
    }
    return changes;
  }

  std::filesystem::path root_;
  int events_;
  std::map<int, std::filesystem::path> directories_;
};

}  // namespace favras::test
