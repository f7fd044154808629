// Where the storage tests work: a directory of their own, whole files in and out, child processes.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

namespace favras::test {

// A fresh directory, removed with the object.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "favras-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp failed for " + name);
    path_ = name;
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string read_all(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_all(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  if (!(file << bytes << std::flush)) throw std::runtime_error("cannot write " + path.string());
}

// Changes one byte in place: thousands of whole rewrites would wait for the disk.
inline void put_byte(const std::filesystem::path& path, std::size_t place, int byte) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  if (!file.seekp(static_cast<std::streamoff>(place)).put(static_cast<char>(byte)).flush())
    throw std::runtime_error("cannot change " + path.string());
}

// Runs `body` in a child process and returns what waitpid says of its end; an exception ends it with
// status 99.
inline int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    int status = 99;
    try {
      status = body();
    } catch (...) {
    }
    ::_exit(status);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid failed");
  return status;
}

// Root may write everywhere: permissions are tested as nobody. False when this process may not become that.
inline bool become_unprivileged() {
  constexpr int kNobody = 65534;
  return ::geteuid() != 0 || (::setgid(kNobody) == 0 && ::setuid(kNobody) == 0);
}

// For boost::unit_test::precondition.
inline boost::test_tools::assertion_result unprivileged_is_possible(boost::unit_test::test_unit_id) {
  return in_child([] { return become_unprivileged() ? 0 : 1; }) == 0;
}

// What the call throws as std::runtime_error; empty when it throws nothing.
inline std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace favras::test
