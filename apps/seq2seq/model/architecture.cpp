#include "apps/seq2seq/model/architecture.h"

#include <stdexcept>

#include <fmt/format.h>

namespace favras::seq2seq {

Architecture parse_architecture(const std::string& name) {
  if (name == "original") return Architecture::kOriginal;
  if (name == "attention") return Architecture::kAttention;
  throw std::invalid_argument(fmt::format("unknown architecture '{}': use original or attention", name));
}

std::string name_of(Architecture architecture) {
  return architecture == Architecture::kOriginal ? "original" : "attention";
}

}  // namespace favras::seq2seq
