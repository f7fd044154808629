// Where a run keeps what. A run directory moves as a whole; nothing in it holds an absolute path but the
// data directory in config.ini.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace favras::seq2seq {

struct RunDirectory {
  std::filesystem::path root;

  std::filesystem::path config() const {
    return root / "config.ini";
  }  // the options that hold, as train --dump-config prints them
  std::filesystem::path log() const { return root / "log.txt"; }          // the original's format
  std::filesystem::path events() const { return root / "events.jsonl"; }  // one JSON object a line
  std::filesystem::path checkpoints() const { return root / "checkpoints"; }
  std::filesystem::path newest_model() const { return root / "model.safetensors"; }
  std::filesystem::path best_model() const { return root / "best.safetensors"; }

  // The file for --weights best|newest; best falls back to newest while no validation has been made.
  std::filesystem::path model(const std::string& weights) const {
    if (weights != "best" && weights != "newest")
      throw std::runtime_error(fmt::format("unknown weights '{}': use best or newest", weights));
    const auto path = weights == "best" && exists(best_model()) ? best_model() : newest_model();
    if (!exists(path))
      throw std::runtime_error(fmt::format("{} holds no model yet: train it with seq2seq train --run {}",
                                           root.string(), root.string()));
    return path;
  }
};

}  // namespace favras::seq2seq
