#include "apps/mailer/credentials.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/stat.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "apps/mailer/descriptor.h"
#include "apps/mailer/error.h"

namespace favras::mailer {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLongest = 65536;  // bytes; tokens have a few thousand

// The first line, which has to be the only one.
std::string only_line(std::string text, const std::string& where) {
  if (text.size() > kLongest) throw std::runtime_error(where + " gives more than a password");
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty()) throw std::runtime_error(where + " is empty");
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos)
    throw std::runtime_error(where + " gives more than one line");
  return text;
}

// Taken out of the environment when it is found there: neither /proc nor a core's picture of the environment
// nor commands that are started later have it.
std::string from_environment() {
  static std::mutex mutex;
  static std::string kept;
  const std::lock_guard lock(mutex);
  if (char* const value = std::getenv(kPasswordVariable)) {
    kept = value;
    ::explicit_bzero(value, kept.size());
    ::unsetenv(kPasswordVariable);
  }
  return kept;
}

std::string from_file(const std::filesystem::path& path) {
  const std::string where = fmt::format("the password file '{}'", path.string());
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
    throw std::runtime_error(where + " cannot be read: " + std::generic_category().message(errno));
  if (!S_ISREG(status.st_mode)) throw std::runtime_error(where + " is not a file");
  if ((status.st_mode & 077) != 0 || (status.st_uid != ::geteuid() && status.st_uid != 0))
    throw std::runtime_error(where + " can be read by others: chmod 600 it, and own it");
  std::string text(kLongest + 1, '\0');
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  if (size < 0)
    throw std::runtime_error(where + " cannot be read: " + std::generic_category().message(errno));
  text.resize(static_cast<std::size_t>(size));
  return only_line(text, where);
}

// The command in a process group of its own, so that all of it can be ended, with its output in the pipe.
// Signals that this program blocks or ignores are as usual there.
pid_t start(const std::string& command, int output) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  sigset_t none, usual;
  sigemptyset(&none);
  sigfillset(&usual);
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &usual);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::string shell = "sh", option = "-c", text = command;
  char* words[] = {shell.data(), option.data(), text.data(), nullptr};
  pid_t child = 0;
  const int error = ::posix_spawn(&child, "/bin/sh", &files, &attributes, words, environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  if (error != 0)
    throw std::runtime_error("the password command cannot be run: " + std::generic_category().message(error));
  return child;
}

// Up to the end, the limit or too much, whichever comes first; false for the limit.
bool read_until(int input, Clock::time_point end, const std::atomic<bool>* cancelled, std::string& text) {
  std::array<char, 4096> part;
  while (text.size() <= kLongest) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0 || (cancelled != nullptr && *cancelled)) return false;
    pollfd ready{input, POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(std::min<std::int64_t>(left, 100))) <= 0) continue;
    const ssize_t size = ::read(input, part.data(), part.size());
    if (size == 0) return true;
    if (size > 0) text.append(part.data(), static_cast<std::size_t>(size));
  }
  return true;
}

std::string from_command(const std::string& command, std::chrono::milliseconds limit,
                         const std::atomic<bool>* cancelled) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const Descriptor input(ends[0]);
  pid_t child = 0;
  {
    const Descriptor output(ends[1]);
    child = start(command, output.get());
  }
  std::string text;
  const bool in_time = read_until(input.get(), Clock::now() + limit, cancelled, text);
  if (!in_time || text.size() > kLongest) ::kill(-child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time)
    throw std::runtime_error(fmt::format("the password command did not end within {} ms", limit.count()));
  if (text.size() <= kLongest && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
    throw std::runtime_error(fmt::format("the password command failed ({} {})",
                                         WIFEXITED(status) ? "status" : "signal",
                                         WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status)));
  return only_line(text, "the password command");
}

}  // namespace

std::string read_password(const PasswordSource& source, std::chrono::milliseconds limit,
                          const std::atomic<bool>* cancelled) {
  if (!source.command.empty() && !source.file.empty())
    throw UsageError("a password file and a password command are given: one of them is enough");
  if (!source.command.empty()) return from_command(source.command, limit, cancelled);
  if (!source.file.empty()) return from_file(source.file);
  const std::string value = from_environment();
  if (value.empty())
    throw std::runtime_error(fmt::format(
        "there is no password: give --password-command or --password-file, or set {}", kPasswordVariable));
  return only_line(value, kPasswordVariable);
}

}  // namespace favras::mailer
