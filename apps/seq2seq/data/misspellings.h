// Pairs of a misspelt and the right form of a word or a few words, such as lists of people's mistakes have
// them: what the human noise is made of.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace favras::seq2seq {

struct Misspelling {
  std::string wrong, right;  // UTF-8, in normal form C
  bool operator==(const Misspelling&) const = default;
};

// The wrong<TAB>right lines of a file, each column cleaned as by clean_field, in the order of their content
// hashes, each once. Throws std::runtime_error naming the file, and the line that is no such pair.
std::vector<Misspelling> read_misspellings(const std::filesystem::path& file);

// The lines of a file that is read as the same pairs.
std::string to_tsv(const std::vector<Misspelling>& misspellings);

// A tenth of all right forms, whatever their case, is kept from training noise, with all its misspellings:
// what is measured on them is how a model does on mistakes that it has never been shown.
bool is_held_out(const Misspelling& misspelling);

}  // namespace favras::seq2seq
