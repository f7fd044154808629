#include "apps/seq2seq/supervisor/oom_kills.h"

#include <fstream>
#include <sstream>
#include <string>

namespace favras::seq2seq {
namespace {

namespace fs = std::filesystem;

// The number in the line "oom_kill N".
std::optional<std::uint64_t> count_in(const fs::path& path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    std::uint64_t count = 0;
    if (words >> name >> count && name == "oom_kill") return count;
  }
  return std::nullopt;
}

// Lines of /proc/self/cgroup are ID:CONTROLLERS:PATH; of version 2, without controllers. In a container the
// path may be that of the host, and the group itself be mounted.
std::optional<std::uint64_t> count_in_cgroup(const fs::path& root) {
  const fs::path mounted = root / "sys/fs/cgroup";
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path path = fs::path(line.substr(second + 1)).relative_path();
    if (controllers == "memory") {
      for (const fs::path& group : {path, fs::path()})
        if (const auto count = count_in(mounted / "memory" / group / "memory.oom_control")) return count;
    } else if (controllers.empty()) {
      for (const fs::path& group : {path, fs::path()})
        if (const auto count = count_in(mounted / group / "memory.events")) return count;
    }
  }
  return std::nullopt;
}

}  // namespace

OomKills oom_kills(const fs::path& root) { return {count_in_cgroup(root), count_in(root / "proc/vmstat")}; }

}  // namespace favras::seq2seq
