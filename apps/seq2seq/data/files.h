// Whole files in and out, with errors that name the file and say why.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace favras::seq2seq {

// Throws std::runtime_error if the file is missing, a directory, or may not be read.
std::ifstream open_for_reading(const std::filesystem::path& file);
// To be called after the last read: throws if it ended in an error rather than at the end of the file.
void require_read(const std::ifstream& stream, const std::filesystem::path& file);

std::string read_file(const std::filesystem::path& file);
// Throws std::system_error.
void write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace favras::seq2seq
