// Runs the program seq2seq as its users do: words in, exit status and both streams out.
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tests/engine/storage/scratch.h"

#ifndef FAVRAS_PROGRAM
#define FAVRAS_PROGRAM FAVRAS_BINARIES "/seq2seq"
#endif

namespace favras::test {

using Words = std::vector<std::string>;

struct Ended {
  int status;  // of its exit, or minus the signal that killed it
  std::string out, err;
};

// A running program. It gets ahead of its reader by one page of standard output and no more, so that what it
// is told after a certain line reaches it soon after that line, however fast it is.
class Program {
 public:
  enum class User { kSame, kNobody };

  // `before` is the last that the child does before it becomes the program: other streams, a variable, a
  // limit.
  explicit Program(const Words& words, std::string_view input = "", User user = User::kSame,
                   const std::function<void()>& before = {})
      : err_(memory_file("")) {
    const int in = memory_file(input);
    const int binary = ::open(FAVRAS_PROGRAM, O_RDONLY | O_CLOEXEC);  // while it may be reached
    std::array<int, 2> ends{};
    if (binary < 0 || ::pipe2(ends.data(), O_CLOEXEC) != 0)
      throw std::runtime_error("no program, or no pipe");
    ::fcntl(ends[1], F_SETPIPE_SZ, 4096);
    out_ = ends[0];
    child_ = ::fork();
    if (child_ == 0) become_program(words, binary, in, ends[1], user, before);
    ::close(in);
    ::close(binary);
    ::close(ends[1]);
  }
  ~Program() {
    if (child_ > 0) finish_after(SIGKILL);
    ::close(out_);
    ::close(err_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // A file without a name that holds the text.
  static int memory_file(std::string_view text) {
    const int file = ::memfd_create("stream", MFD_CLOEXEC);
    if (file < 0 || ::write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::lseek(file, 0, SEEK_SET) != 0)
      throw std::runtime_error("memfd_create failed");
    return file;
  }

  pid_t id() const { return child_; }

  // Reads on until the text has come; false if the program ended without it.
  bool says(std::string_view text) {
    for (;;) {
      const std::size_t at = output_.find(text, heard_);
      if (at != output_.npos) {
        heard_ = at + text.size();
        return true;
      }
      if (!read_some()) return false;
    }
  }

  Ended finish() {
    while (read_some()) {
    }
    int status = 0;
    if (::waitpid(child_, &status, 0) != child_) throw std::runtime_error("waitpid failed");
    child_ = 0;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), output_, errors()};
  }
  Ended finish_after(int signal) {
    ::kill(child_, signal);
    return finish();
  }

 private:
  [[noreturn]] void become_program(const Words& words, int binary, int in, int out, User user,
                                   const std::function<void()>& before) const {
    Words all{"seq2seq"};
    all.insert(all.end(), words.begin(), words.end());
    std::vector<char*> arguments;
    for (std::string& word : all) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::dup2(in, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err_, STDERR_FILENO);
    ::setenv("OMP_WAIT_POLICY", "passive", 1);
    if (before) before();
    if (user == User::kSame || become_unprivileged()) ::fexecve(binary, arguments.data(), environ);
    ::_exit(127);
  }

  bool read_some() {
    std::array<char, 4096> part;
    ssize_t size;
    while ((size = ::read(out_, part.data(), part.size())) < 0 && errno == EINTR) {
    }
    if (size > 0) output_.append(part.data(), static_cast<std::size_t>(size));
    return size > 0;
  }

  std::string errors() const {
    std::string text(static_cast<std::size_t>(::lseek(err_, 0, SEEK_END)), '\0');
    if (::pread(err_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
      throw std::runtime_error("cannot read standard error");
    return text;
  }

  int err_, out_ = -1;
  pid_t child_ = 0;
  std::string output_;
  std::size_t heard_ = 0;
};

inline Ended run_seq2seq(const Words& words, std::string_view input = "",
                         Program::User user = Program::User::kSame) {
  return Program(words, input, user).finish();
}

// Every file below the directory with its bytes, and every directory; but not the lock, which says who had
// the directory last.
inline std::map<std::string, std::string> content_of(const std::filesystem::path& directory) {
  std::map<std::string, std::string> content;
  if (!std::filesystem::exists(directory)) return content;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const std::string name = std::filesystem::relative(entry.path(), directory).string();
    if (entry.path().filename() != "lock")
      content[name] = entry.is_directory() ? "directory" : read_all(entry.path());
  }
  return content;
}

// source<TAB>the same letters sorted, distinct.
inline std::string pairs_to_sort(int lines) {
  std::string text;
  for (int i = 0; i < lines; ++i) {
    std::string letters;
    for (int n = i + 1; n > 0; n /= 6) letters += static_cast<char>('a' + n * 5 % 6);
    std::string sorted = letters;
    std::sort(sorted.begin(), sorted.end());
    text += letters + '\t' + sorted + '\n';
  }
  return text;
}

// Data of 500 lines to sort and a network that learns fast enough to be watched.
class TrainingPlace : public ScratchDirectory {
 public:
  TrainingPlace() { prepare_pairs("data", pairs_to_sort(500)); }

  // Larger ones train slowly enough for signals to come in time.
  std::string rnn_size = "8";

  std::string at(std::string_view name) const { return (*this / name).string(); }

  void prepare_pairs(const std::string& name, const std::string& lines) const {
    write_all(*this / "pairs.tsv", lines);
    const Ended ended = run_seq2seq({"prepare", "--pairs", at("pairs.tsv"), "--output", at(name),
                                     "--validation-share", "0.05", "--threads", "1"});
    if (ended.status != 0) throw std::runtime_error(ended.err);
  }

  // The words of `train --run RUN`, with these options instead of or besides the usual ones; "" leaves one
  // out.
  Words train(const std::string& run, const std::map<std::string, std::string>& changes = {}) const {
    std::map<std::string, std::string> options{{"data", at("data")},
                                               {"run", at(run)},
                                               {"rnn-size", rnn_size},
                                               {"encoding-embedding-size", "4"},
                                               {"decoding-embedding-size", "4"},
                                               {"learning-rate", "0.01"},
                                               {"batch-size", "5"},
                                               {"epochs", "2"},
                                               {"log-every", "1"},
                                               {"threads", "1"}};
    for (const auto& [name, value] : changes) options[name] = value;
    Words words{"train"};
    for (const auto& [name, value] : options)
      if (!value.empty()) words.insert(words.end(), {"--" + name, value});
    return words;
  }
  void run_whole(const std::string& run, const std::map<std::string, std::string>& changes = {}) const {
    const Ended ended = run_seq2seq(train(run, changes));
    BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
    BOOST_TEST(ended.err == "");
  }
};

// That the words are refused with this status (1: failed, 2: usage) and message, and that nothing changes
// below the directory.
inline void check_refused(const std::filesystem::path& directory, const Words& words, int status,
                          const std::string& message, Program::User user = Program::User::kSame) {
  const auto before = content_of(directory);
  const Ended ended = run_seq2seq(words, "", user);
  BOOST_TEST_INFO_SCOPE(fmt::format("seq2seq {}", fmt::join(words, " ")));
  BOOST_TEST(ended.status == status);
  BOOST_TEST(ended.out == "");
  const std::string hint = status == 2 ? fmt::format("seq2seq {} --help says more.\n", words.at(0)) : "";
  BOOST_TEST(ended.err == fmt::format("seq2seq {}: {}\n{}", words.at(0), message, hint));
  BOOST_TEST((content_of(directory) == before), "something has changed");
}

}  // namespace favras::test
