// The files that a data set is made from, and the groups that they belong to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace favras::seq2seq {

struct InputFile {
  std::filesystem::path path;
  std::string name;   // below the directory that was named, or the file's own: the same on every machine
  std::string group;  // documents of one group fall on the same side; empty: the content of lines decides
  std::uint64_t bytes = 0;
};

// The files as they are named; a directory stands for all *.txt files below it, but for hidden ones and data
// directories. A file's group is, for group_by "file", its name without the extension; for "folder" the name
// of the folder that holds it; for "content" none. Throws std::runtime_error that names what is not there,
// may not be read or is no regular file, and a directory without such files.
std::vector<InputFile> list_inputs(const std::vector<std::filesystem::path>& names,
                                   const std::string& group_by);

}  // namespace favras::seq2seq
