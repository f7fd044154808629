// model.safetensors: weights, configuration and vocabulary in one self-contained file. Names and layouts are
// PyTorch's; nn.LSTM's second bias is stored as zeros, and added to the first when read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "apps/seq2seq/data/vocabulary.h"
#include "apps/seq2seq/model/model.h"

namespace favras::seq2seq {

// What a model needs beside its weights to be used.
struct ModelDescription {
  ModelConfiguration configuration;
  std::string task;                  // "text", "pairs" or "sort": of the data it was trained on
  std::int64_t maximum_length = 60;  // characters in a line of that data
  std::uint64_t step = 0;            // optimizer steps taken
  Vocabulary vocabulary;
  bool copies_unknown = false;  // it was trained to pass on characters that the vocabulary does not have
};

struct LoadedModel {
  ModelDescription description;
  std::unique_ptr<Model> model;
};

// Atomic and durable. The bytes depend on weights, description and `stored` alone, which is kFloat32 or
// kBfloat16: each weight then the nearest bfloat16, ties to even. Without a model: its weights, in the order
// of the arena that knows their names and shapes.
void save_model(const std::filesystem::path& path, const Model& model, const ModelDescription& description,
                DType stored = DType::kFloat32);
void save_model(const std::filesystem::path& path, const ParameterArena& parameters,
                std::span<const float> values, const ModelDescription& description,
                DType stored = DType::kFloat32);

// dtype: as Model's, whatever the file's: the parameters are float, which holds every bfloat16 exactly.
// Throws std::runtime_error naming the file and what is wrong with it.
LoadedModel load_model(const std::filesystem::path& path, Device device = {}, DType dtype = DType::kFloat32);
ModelDescription read_model_description(const std::filesystem::path& path);

// Overwrites the weights of a model of the same configuration.
void load_weights(const std::filesystem::path& path, Model& model);

}  // namespace favras::seq2seq
