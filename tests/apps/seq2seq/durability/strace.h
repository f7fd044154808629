// Runs seq2seq under strace, which lists its system calls on a run directory, or lets one of them fail.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <tuple>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "tests/apps/seq2seq/program.h"

namespace favras::test {

// The nth call of this name on this path, as the program writes the path.
struct Call {
  std::string name, path;
  int nth = 1;
};

inline const std::string kWritingCalls =
    "?write,?writev,?pwrite64,?fsync,?fdatasync,?rename,?renameat,?renameat2,?open,?openat,?mkdir,?mkdirat,?"
    "rmdir,"
    "?unlink,?unlinkat,?ftruncate,?truncate,?close";

inline Ended under_strace(const std::filesystem::path& trace, const Words& options, const Words& words) {
  return Program(words, "", Program::User::kSame,
                 [&] {
                   Words all{"strace", "-f", "-qq", "-y", "-s0", "-o", trace};
                   all.insert(all.end(), options.begin(), options.end());
                   all.push_back(FAVRAS_PROGRAM);
                   all.insert(all.end(), words.begin(), words.end());
                   std::vector<char*> arguments;
                   for (std::string& word : all) arguments.push_back(word.data());
                   arguments.push_back(nullptr);
                   ::execvp("strace", arguments.data());
                   ::_exit(127);
                 })
      .finish();
}

inline bool strace_works() {
  return std::system("strace -f -qq -o /dev/null true 2>/dev/null") == 0;  // not without ptrace
}

// What a line of the trace names: "fsync(6</run/log.txt>) = 0" and "openat(5</run>, "log.txt", ...) = 6".
inline std::pair<std::string, std::string> name_and_path(const std::string& line) {
  const std::size_t begin = line.find_first_not_of("0123456789 "), open = line.find('(');
  if (begin == line.npos || open == line.npos || open < begin) return {};
  const std::string name = line.substr(begin, open - begin);
  const bool by_descriptor = name.find("write") != name.npos || name.find("sync") != name.npos ||
                             name == "ftruncate" || name == "close" || name == "read" || name == "pread64";
  const std::size_t path = line.find(by_descriptor ? '<' : '"', open);
  if (path == line.npos) return {};
  return {name, line.substr(path + 1, line.find(by_descriptor ? '>' : '"', path + 1) - path - 1)};
}

// The calls in a trace that name the directory, in their order.
inline std::vector<Call> calls_below(const std::filesystem::path& directory, const std::string& trace) {
  std::vector<Call> calls;
  std::map<std::pair<std::string, std::string>, int> seen;
  std::istringstream lines(trace);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(directory.string()) == line.npos) continue;
    const auto [name, path] = name_and_path(line);
    if (!name.empty()) calls.push_back({name, path, ++seen[{name, path}]});
  }
  return calls;
}

// What befalls the call: error=EIO, signal=KILL.
inline Words inject(const Call& call, const std::string& what) {
  return {"-e", "trace=" + call.name,
          "-e", fmt::format("inject={}:{}:when={}", call.name, what, call.nth),
          "-P", call.path};
}

}  // namespace favras::test
