#include "apps/seq2seq/data/inputs.h"

#include <algorithm>
#include <fcntl.h>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "engine/storage/file.h"

namespace favras::seq2seq {

namespace {

namespace fs = std::filesystem;

std::string group_of(const fs::path& file, const std::string& group_by) {
  if (group_by == "file") return file.stem().string();
  if (group_by == "folder") return fs::absolute(file).lexically_normal().parent_path().filename().string();
  return {};
}

InputFile input_of(const fs::path& file, std::string name, const std::string& group_by) {
  if (fs::exists(file) && !fs::is_regular_file(file)) {
    throw std::runtime_error(fmt::format(
        "{}: is neither a regular file nor a directory; write its text to a file", file.string()));
  }
  return {.path = file,
          .name = std::move(name),
          .group = group_of(file, group_by),
          .bytes = File(file, O_RDONLY).size()};
}

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

std::vector<fs::path> text_files_below(const fs::path& directory) {
  std::vector<fs::path> files;
  for (auto entry = fs::recursive_directory_iterator(directory); entry != fs::end(entry); ++entry) {
    if (entry->is_directory()) {
      const bool is_prepared = fs::exists(entry->path() / "data.json");
      if (is_hidden(entry->path()) || is_prepared) entry.disable_recursion_pending();
    } else if (entry->path().extension() == ".txt" && !is_hidden(entry->path())) {
      files.push_back(entry->path());
    }
  }
  if (files.empty())
    throw std::runtime_error(fmt::format("{}: has no .txt file in it; name the files", directory.string()));
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::vector<InputFile> list_inputs(const std::vector<fs::path>& names, const std::string& group_by) try {
  std::vector<InputFile> inputs;
  for (const fs::path& path : names) {
    if (fs::is_directory(path)) {
      for (const fs::path& file : text_files_below(path))
        inputs.push_back(input_of(file, file.lexically_relative(path).string(), group_by));
    } else {
      inputs.push_back(input_of(path, path.filename().string(), group_by));
    }
  }
  return inputs;
} catch (const fs::filesystem_error& error) {
  throw std::runtime_error(fmt::format("{}: {}", error.path1().string(), error.code().message()));
}

}  // namespace favras::seq2seq
