#include "engine/storage/safetensors.h"

#include <bit>
#include <cstring>

#include <boost/test/unit_test.hpp>

#include "tests/engine/storage/scratch.h"

namespace favras {
namespace {

using Metadata = std::map<std::string, std::string>;
using test::contains;
using test::error_of;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// What tests/fixtures/make_safetensors.py fills the tensor of this name with.
std::string counting(std::size_t name_characters, std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>((i + name_characters) % 256);
  return bytes;
}

void require_equal(const SafetensorsFile& file, std::span<const TensorRecord> tensors,
                   const Metadata& metadata) {
  BOOST_TEST((file.metadata() == metadata));
  BOOST_TEST(file.tensors().size() == tensors.size());
  for (const TensorRecord& expected : tensors) {
    BOOST_TEST_CONTEXT(expected.name) {
      BOOST_TEST(file.contains(expected.name));
      const TensorRecord& tensor = file.at(expected.name);
      BOOST_TEST(tensor.name == expected.name);
      BOOST_TEST(tensor.dtype == expected.dtype);
      BOOST_TEST(tensor.shape == expected.shape, boost::test_tools::per_element());
      BOOST_TEST(text_of(tensor.data) == text_of(expected.data));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_byte_is_as_the_format_says) {
  const test::ScratchDirectory scratch;
  const std::vector<TensorRecord> tensors = {{"b", "U8", {3}, bytes_of("xyz")},
                                             {"wide", "I64", {1, 1}, bytes_of("12345678")},
                                             {"none", "F32", {2, 0}, {}},
                                             {"a", "U8", {}, bytes_of("w")}};
  write_safetensors(scratch / "file", tensors, {{"z", "last"}, {"a", "\"1\"\n"}});
  std::string header = R"({"__metadata__":{"a":"\"1\"\n","z":"last"},)"
                       R"("wide":{"dtype":"I64","shape":[1,1],"data_offsets":[0,8]},)"
                       R"("none":{"dtype":"F32","shape":[2,0],"data_offsets":[8,8]},)"
                       R"("a":{"dtype":"U8","shape":[],"data_offsets":[8,9]},)"
                       R"("b":{"dtype":"U8","shape":[3],"data_offsets":[9,12]}})";
  BOOST_TEST(header.size() == 263U);
  header.resize(312, ' ');  // 8 + 312 = 5 * 64
  const std::string length = {'\x38', '\x01', 0, 0, 0, 0, 0, 0};
  BOOST_TEST(test::read_all(scratch / "file") == length + header + "12345678" + "w" + "xyz");
}

BOOST_AUTO_TEST_CASE(round_trips_over_dtypes_and_shapes) {
  const test::ScratchDirectory scratch;
  const std::vector<std::vector<std::int64_t>> shapes = {
      {}, {1}, {0}, {7}, {2, 3}, {3, 0, 2}, {1, 2, 3, 4, 1}};
  std::vector<std::string> storage;
  std::vector<TensorRecord> tensors;
  for (const std::string dtype : {"BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0", "U16", "I16", "F16",
                                  "BF16", "U32", "I32", "F32", "U64", "I64", "F64", "C64"})
    for (const auto& shape : shapes) {
      std::size_t count = dtype_size(dtype);
      for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
      storage.push_back(counting(tensors.size(), count));
      tensors.push_back({dtype + " " + std::to_string(tensors.size()), dtype, shape, {}});
    }
  for (std::size_t i = 0; i < tensors.size(); ++i) tensors[i].data = bytes_of(storage[i]);

  write_safetensors(scratch / "file", tensors, {{"key", "value"}});
  const SafetensorsFile file(scratch / "file");
  require_equal(file, tensors, {{"key", "value"}});
  for (const TensorRecord& tensor : file.tensors())
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(tensor.data.data()) % dtype_size(tensor.dtype) == 0U);
  BOOST_TEST(reinterpret_cast<std::uintptr_t>(file.tensors()[0].data.data()) % 64 == 0U);
}

BOOST_AUTO_TEST_CASE(nothing_at_all) {
  const test::ScratchDirectory scratch;
  write_safetensors(scratch / "file", {}, {});
  BOOST_TEST(test::read_all(scratch / "file").size() == 64U);
  require_equal(SafetensorsFile(scratch / "file"), {}, {});
}

BOOST_AUTO_TEST_CASE(any_utf8_name_and_metadata) {
  const test::ScratchDirectory scratch;
  const std::string odd = "\"\\/\b\n\t naïve 字 \U0001F600" + std::string(1, '\0') + "\x7f";
  const std::vector<TensorRecord> tensors = {{"", "U8", {1}, bytes_of("1")}, {odd, "U8", {1}, bytes_of("2")}};
  write_safetensors(scratch / "file", tensors, {{"", ""}, {odd, odd}});
  require_equal(SafetensorsFile(scratch / "file"), tensors, {{"", ""}, {odd, odd}});
}

BOOST_AUTO_TEST_CASE(the_bytes_do_not_depend_on_the_order_given) {
  const test::ScratchDirectory scratch;
  std::vector<TensorRecord> tensors = {{"b", "F32", {1}, bytes_of("1234")},
                                       {"a", "F32", {1}, bytes_of("5678")},
                                       {"c", "F64", {1}, bytes_of("abcdefgh")}};
  write_safetensors(scratch / "one", tensors, {{"x", "1"}, {"y", "2"}});
  std::ranges::reverse(tensors);
  write_safetensors(scratch / "other", tensors, {{"y", "2"}, {"x", "1"}});
  BOOST_TEST(test::read_all(scratch / "one") == test::read_all(scratch / "other"));
}

BOOST_AUTO_TEST_CASE(what_python_wrote_is_read) {
  const std::vector<std::pair<std::string, std::size_t>> dtypes = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},   {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"U16", 2},
      {"I16", 2},  {"F16", 2}, {"BF16", 2}, {"U32", 4},     {"I32", 4},     {"F32", 4},
      {"U64", 8},  {"I64", 8}, {"F64", 8},  {"C64", 8}};
  const std::string odd = "naïve 字 \"quoted\"\n";
  std::map<std::string, std::string> data = {
      {"scalar", counting(6, 8)}, {"empty", ""}, {odd, counting(17, 10)}, {"numbers", std::string(12, '\0')}};
  const float numbers[] = {0.0f, -1.5f, 0.1f};
  std::memcpy(data["numbers"].data(), numbers, sizeof numbers);
  std::vector<TensorRecord> tensors = {{"scalar", "F64", {}, bytes_of(data["scalar"])},
                                       {"empty", "F16", {0, 4}, {}},
                                       {odd, "I16", {5}, bytes_of(data[odd])},
                                       {"numbers", "F32", {3}, bytes_of(data["numbers"])}};
  for (const auto& [dtype, size] : dtypes) {
    data[dtype] = counting(dtype.size(), 6 * size);
    tensors.push_back({dtype, dtype, {2, 3}, bytes_of(data[dtype])});
  }
  const SafetensorsFile file(FAVRAS_FIXTURES "/safetensors_python.safetensors");
  require_equal(file, tensors, {{"written by", odd}});
}

BOOST_AUTO_TEST_CASE(a_missing_tensor_is_named_with_its_file) {
  const SafetensorsFile file(FAVRAS_FIXTURES "/safetensors_python.safetensors");
  BOOST_TEST(!file.contains("weights"));
  const std::string error = error_of([&] { file.at("weights"); });
  BOOST_TEST(error == "'" FAVRAS_FIXTURES "/safetensors_python.safetensors' has no tensor \"weights\"");
}

BOOST_AUTO_TEST_CASE(a_moved_file_still_views_its_own_data) {
  SafetensorsFile first(FAVRAS_FIXTURES "/safetensors_python.safetensors");
  const SafetensorsFile second = std::move(first);
  BOOST_TEST(text_of(second.at("U8").data) == counting(2, 6));
}

BOOST_AUTO_TEST_CASE(what_could_not_be_read_is_not_written) {
  const test::ScratchDirectory scratch;
  const std::vector<std::tuple<std::vector<TensorRecord>, Metadata, std::string>> cases = {
      {{{"w", "F32", {2}, bytes_of("1234")}}, {}, "tensor \"w\": shape [2] of F32 takes 8 bytes"},
      {{{"w", "F32", {-1}, bytes_of("1234")}}, {}, "tensor \"w\": shape holds something other"},
      {{{"w", "float", {1}, bytes_of("1234")}}, {}, "unknown dtype \"float\""},
      {{{"w", "U8", {1}, bytes_of("1")}, {"w", "U8", {1}, bytes_of("2")}}, {}, "the key \"w\" comes twice"},
      {{{"__metadata__", "U8", {1}, bytes_of("1")}}, {}, "metadata \"shape\" is no text"},
      {{{"__metadata__", "U8", {1}, bytes_of("1")}}, {{"a", "b"}}, "the key \"__metadata__\" comes twice"},
      {{{"\xff", "U8", {1}, bytes_of("1")}}, {}, "not JSON at byte 2"},
      {{}, {{"key", "\xc3"}}, "not JSON at byte"}};
  for (const auto& [tensors, metadata, expected] : cases) {
    const std::string error = error_of([&] { write_safetensors(scratch / "file", tensors, metadata); });
    BOOST_TEST(error.starts_with("cannot write '" + (scratch / "file").string() + "' as safetensors: "));
    BOOST_TEST(contains(error, expected), error << " lacks " << expected);
    BOOST_TEST(!std::filesystem::exists(scratch / "file"));
  }
}

}  // namespace
}  // namespace favras
