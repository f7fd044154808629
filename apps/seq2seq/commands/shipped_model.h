// The model that comes with the program, for those who have trained none.
#pragma once

#include <filesystem>

namespace favras::seq2seq {

// Where it is: ../share/favras/models/english.safetensors, seen from the program's folder. Installed, a file;
// in a build folder, a link leads to the source tree's models/. Whether or not there is one. Throws
// std::filesystem::filesystem_error where the program cannot tell where it lies itself.
std::filesystem::path shipped_model();

}  // namespace favras::seq2seq
