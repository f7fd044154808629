#include "apps/seq2seq/commands/shipped_model.h"

namespace favras::seq2seq {

std::filesystem::path shipped_model() {
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  return program.parent_path().parent_path() / "share/favras/models/english.safetensors";
}

}  // namespace favras::seq2seq
