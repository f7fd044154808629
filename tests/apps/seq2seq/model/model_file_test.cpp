// Models in files: every bit comes back, PyTorch's way of writing biases is understood, and what is no model
// of this program is refused by name.
#include "apps/seq2seq/model/model_file.h"

#include <cstring>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "engine/storage/safetensors.h"
#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {

namespace {

using test::contains;
using test::error_of;
using test::read_all;
using test::ScratchDirectory;
using test::write_all;

const ModelConfiguration kConfiguration{.vocabulary = 9,
                                        .rnn_size = 6,
                                        .num_layers = 2,
                                        .encoding_embedding_size = 5,
                                        .decoding_embedding_size = 3};

ModelConfiguration larger() {
  ModelConfiguration configuration = kConfiguration;
  configuration.rnn_size = 7;
  return configuration;
}

ModelDescription description() { return {kConfiguration, "text", 47, 1234567, Vocabulary(U"eta \u00e9")}; }

std::vector<float> all_values(const Model& model) { return model.parameters().values().to_host<float>(); }

// A file that can be changed before it is written again.
struct Content {
  std::map<std::string, std::string> metadata;
  std::map<std::string, std::pair<std::vector<std::int64_t>, std::vector<float>>> tensors;
  std::string dtype = "F32";

  explicit Content(const std::filesystem::path& path) {
    const SafetensorsFile file(path);
    metadata = file.metadata();
    for (const TensorRecord& record : file.tensors()) {
      std::vector<float> values(record.data.size() / sizeof(float));
      std::memcpy(values.data(), record.data.data(), record.data.size());
      tensors[record.name] = {record.shape, std::move(values)};
    }
  }
  void write(const std::filesystem::path& path) const {
    std::vector<TensorRecord> records;
    for (const auto& [name, tensor] : tensors)
      records.push_back({name, dtype, tensor.first, std::as_bytes(std::span(tensor.second))});
    write_safetensors(path, records, metadata);
  }
};

struct Place : ScratchDirectory {
  std::filesystem::path file = *this / "model.safetensors";
  Model model{kConfiguration, 5};
  Place() { save_model(file, model, description()); }

  // What load_model says, without the file that it names.
  std::string refusal() const {
    const std::string message = error_of([&] { load_model(file); });
    const std::size_t at = message.find(file.string());
    BOOST_TEST_REQUIRE(at != message.npos, "'" << message << "' names no file");
    BOOST_TEST(message.find(file.string(), at + 1) == message.npos, message);
    return message.substr(at + file.string().size());
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(model_file, Place)

BOOST_AUTO_TEST_CASE(every_bit_comes_back) {
  const LoadedModel loaded = load_model(file);
  BOOST_TEST(all_values(*loaded.model) == all_values(model), boost::test_tools::per_element());
  for (const ModelDescription& back : {loaded.description, read_model_description(file)}) {
    BOOST_TEST((back.configuration == kConfiguration));
    BOOST_TEST(back.task == "text");
    BOOST_TEST(back.maximum_length == 47);
    BOOST_TEST(back.step == 1234567u);
    BOOST_TEST((back.vocabulary.characters() == description().vocabulary.characters()));
  }
  save_model(*this / "again", *loaded.model, loaded.description);
  BOOST_TEST((read_all(*this / "again") == read_all(file)));
}

BOOST_AUTO_TEST_CASE(the_architecture_comes_back) {
  ModelDescription attending = description();
  attending.configuration.architecture = Architecture::kAttention;
  const Model other(attending.configuration, 5);
  save_model(file, other, attending);
  const LoadedModel loaded = load_model(file);
  BOOST_TEST((loaded.description.configuration == attending.configuration));
  BOOST_TEST(all_values(*loaded.model) == all_values(other), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_older_file_has_no_architecture) {
  Content content(file);
  std::string& configuration = content.metadata.at("configuration");
  const std::string architecture = R"(,"architecture":"original")";
  configuration.erase(configuration.find(architecture), architecture.size());
  content.write(file);
  BOOST_TEST((load_model(file).description.configuration == kConfiguration));
}

// Each to the nearest of two bytes, as a bfloat16 in memory is.
std::vector<float> rounded(std::vector<float> values) {
  for (float& value : values) value = static_cast<float>(kernels::bfloat16(value));
  return values;
}

BOOST_AUTO_TEST_CASE(weights_of_two_bytes_are_rounded_once) {
  const std::filesystem::path small = *this / "small";
  save_model(small, model, description(), DType::kBfloat16);
  BOOST_TEST(rounded(all_values(model)) != all_values(model));
  const SafetensorsFile tensors(small);
  for (const TensorRecord& record : tensors.tensors()) BOOST_TEST(record.dtype == "BF16");
  for (const DType dtype : {DType::kFloat32, DType::kBfloat16}) {
    const LoadedModel loaded = load_model(small, {}, dtype);
    BOOST_TEST(all_values(*loaded.model) == rounded(all_values(model)), boost::test_tools::per_element());
    BOOST_TEST((loaded.description.configuration == kConfiguration));
    save_model(*this / "again", *loaded.model, loaded.description, DType::kBfloat16);
    BOOST_TEST((read_all(*this / "again") == read_all(small)));
  }
  const auto bytes_of_weights = [](const std::filesystem::path& path) {
    const SafetensorsFile weights(path);
    std::size_t bytes = 0;
    for (const TensorRecord& record : weights.tensors()) bytes += record.data.size();
    return bytes;
  };
  BOOST_TEST(2 * bytes_of_weights(small) == bytes_of_weights(file));
}

BOOST_AUTO_TEST_CASE(a_file_of_two_bytes_cut_short_is_refused) {
  save_model(file, model, description(), DType::kBfloat16);
  const std::string bytes = read_all(file);
  for (const std::size_t size : {bytes.size() / 2, bytes.size() - 1}) {
    write_all(file, bytes.substr(0, size));
    refusal();
  }
}

BOOST_AUTO_TEST_CASE(weights_go_into_a_model_that_is_there) {
  Model other(kConfiguration, 6);
  BOOST_TEST(all_values(other) != all_values(model));
  load_weights(file, other);
  BOOST_TEST(all_values(other) == all_values(model), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(names_and_shapes_are_those_of_pytorch) {
  std::map<std::string, std::vector<std::int64_t>> shapes;
  const SafetensorsFile tensors(file);
  for (const TensorRecord& record : tensors.tensors()) shapes[record.name] = record.shape;
  BOOST_TEST(
      (shapes == std::map<std::string, std::vector<std::int64_t>>{{"encoder.embedding.weight", {9, 5}},
                                                                  {"encoder.lstm.weight_ih_l0", {24, 5}},
                                                                  {"encoder.lstm.weight_hh_l0", {24, 6}},
                                                                  {"encoder.lstm.bias_ih_l0", {24}},
                                                                  {"encoder.lstm.bias_hh_l0", {24}},
                                                                  {"encoder.lstm.weight_ih_l1", {24, 6}},
                                                                  {"encoder.lstm.weight_hh_l1", {24, 6}},
                                                                  {"encoder.lstm.bias_ih_l1", {24}},
                                                                  {"encoder.lstm.bias_hh_l1", {24}},
                                                                  {"decoder.embedding.weight", {9, 3}},
                                                                  {"decoder.lstm.weight_ih_l0", {24, 3}},
                                                                  {"decoder.lstm.weight_hh_l0", {24, 6}},
                                                                  {"decoder.lstm.bias_ih_l0", {24}},
                                                                  {"decoder.lstm.bias_hh_l0", {24}},
                                                                  {"decoder.lstm.weight_ih_l1", {24, 6}},
                                                                  {"decoder.lstm.weight_hh_l1", {24, 6}},
                                                                  {"decoder.lstm.bias_ih_l1", {24}},
                                                                  {"decoder.lstm.bias_hh_l1", {24}},
                                                                  {"output.weight", {9, 6}},
                                                                  {"output.bias", {9}}}));
  const Content content(file);
  for (const auto& [name, tensor] : content.tensors)
    if (contains(name, "bias_hh"))
      BOOST_TEST(tensor.second == std::vector<float>(24, 0.0f), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_two_biases_of_pytorch_are_added) {
  Content content(file);
  const std::vector<float> before = content.tensors.at("decoder.lstm.bias_ih_l1").second;
  std::vector<float>& second = content.tensors.at("decoder.lstm.bias_hh_l1").second;
  for (std::size_t i = 0; i < second.size(); ++i) second[i] = 0.25f * static_cast<float>(i);
  content.write(file);
  const LoadedModel loaded = load_model(file);
  std::vector<float> sum = before;
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += 0.25f * static_cast<float>(i);
  BOOST_TEST(loaded.model->parameters().at("decoder.lstm.bias_ih_l1").value().to_host<float>() == sum,
             boost::test_tools::per_element());
  BOOST_TEST(loaded.model->parameters().at("decoder.lstm.bias_ih_l0").value().to_host<float>() ==
                 content.tensors.at("decoder.lstm.bias_ih_l0").second,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_second_bias_may_be_missing) {
  Content content(file);
  content.tensors.erase("encoder.lstm.bias_hh_l0");
  content.write(file);
  BOOST_TEST(all_values(*load_model(file).model) == all_values(model), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(files_that_are_no_safetensors_are_refused) {
  std::filesystem::remove(file);
  BOOST_TEST(contains(error_of([&] { load_model(file); }), file.string()));
  write_all(file, "");
  BOOST_TEST(contains(refusal(), "shorter than a header's length"));
  write_all(file, "This is a text, no model at all.");
  BOOST_TEST(contains(refusal(), "its header would be"));
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);
  BOOST_TEST(contains(error_of([&] { load_model(file); }), "is not a regular file"));
}

BOOST_AUTO_TEST_CASE(a_file_cut_short_is_refused) {
  const std::string bytes = read_all(file);
  for (const std::size_t size : {std::size_t{4}, std::size_t{100}, bytes.size() / 2, bytes.size() - 1}) {
    write_all(file, bytes.substr(0, size));
    refusal();
  }
}

BOOST_AUTO_TEST_CASE(tensors_without_our_metadata_are_no_model) {
  for (const char* key : {"format_version", "configuration", "vocabulary", "step"}) {
    Place place;
    Content content(place.file);
    content.metadata.erase(key);
    content.write(place.file);
    BOOST_TEST(place.refusal() ==
               ": not a model of this program: its metadata has no '" + std::string(key) + "'");
  }
}

BOOST_AUTO_TEST_CASE(metadata_that_make_no_sense_are_refused) {
  const auto refusal_of = [](const char* key, const std::string& text) {
    const Place place;
    Content content(place.file);
    content.metadata[key] = text;
    content.write(place.file);
    return place.refusal();
  };
  const auto with_architecture = [&](const std::string& name) {
    std::string text = Content(file).metadata.at("configuration");
    return text.replace(text.find("original"), 8, name);
  };
  BOOST_TEST(refusal_of("format_version", "2") == ": is of format version 2, where this program reads 1");
  for (const auto& [key, text] : std::multimap<const char*, std::string>{
           {"format_version", "one"},
           {"configuration", "{}"},
           {"configuration", R"({"rnn_size":"6"})"},
           {"configuration", Content(file).metadata.at("configuration").replace(12, 1, "-")},
           {"configuration", with_architecture("transformer")},
           {"vocabulary", "[]"},
           {"vocabulary", "{"},
           {"step", "many"},
           {"step", ""},
           {"step", "-1"}})
    BOOST_TEST(refusal_of(key, text) ==
               ": its metadata '" + std::string(key) + "' is not what this program writes: " + text);
}

BOOST_AUTO_TEST_CASE(tensors_that_do_not_fit_are_named) {
  Content content(file);
  content.tensors.at("output.bias") = {{8}, std::vector<float>(8)};
  content.write(file);
  BOOST_TEST(refusal() == ": output.bias is F32 [8], expected F32 or BF16 [9]");
  content.tensors.erase("output.bias");
  content.write(file);
  BOOST_TEST(contains(error_of([&] { load_model(file); }), "output.bias"));
  BOOST_TEST(contains(error_of([&] { load_model(file); }), file.string()));
  content = Content(Place().file);
  content.dtype = "I32";
  content.write(file);
  BOOST_TEST(refusal() == ": encoder.embedding.weight is I32 [9, 5], expected F32 or BF16 [9, 5]");
  save_model(file, Model(larger(), 1), description(), DType::kBfloat16);
  BOOST_TEST(refusal() == ": encoder.lstm.weight_ih_l0 is BF16 [28, 5], expected F32 or BF16 [24, 5]");
}

BOOST_AUTO_TEST_CASE(weights_of_another_size_are_refused) {
  Model other(larger(), 1);
  BOOST_TEST(error_of([&] { load_weights(file, other); }) ==
             file.string() + ": encoder.lstm.weight_ih_l0 is F32 [24, 5], expected F32 or BF16 [28, 5]");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::seq2seq
