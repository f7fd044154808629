// Files that are not, or no longer, what write_safetensors writes: each is refused by name, or harmless.
#include <bit>
#include <numeric>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "engine/storage/safetensors.h"
#include "tests/engine/storage/scratch.h"

namespace favras {
namespace {

using test::contains;
using test::error_of;

std::string with_length(std::string_view header, std::string_view data) {
  const auto length = std::bit_cast<std::array<char, 8>>(std::uint64_t{header.size()});
  return std::string(length.data(), length.size()) + std::string(header) + std::string(data);
}

// A header of one tensor "w".
std::string tensor(std::string_view dtype, std::string_view shape, std::string_view offsets) {
  return fmt::format(R"({{"w":{{"dtype":{},"shape":{},"data_offsets":{}}}}})", dtype, shape, offsets);
}

// A header of two tensors "v" and "w", bytes at these offsets.
std::string two(int begin_v, int end_v, int begin_w, int end_w) {
  return fmt::format(R"({{"v":{{"dtype":"U8","shape":[{}],"data_offsets":[{},{}]}},)"
                     R"("w":{{"dtype":"U8","shape":[{}],"data_offsets":[{},{}]}}}})",
                     end_v - begin_v, begin_v, end_v, end_w - begin_w, begin_w, end_w);
}

struct Refusal {
  std::string bytes;
  std::string expected;
};

void require_refused(const std::vector<Refusal>& refusals) {
  const test::ScratchDirectory scratch;
  const std::filesystem::path path = scratch / "file";
  for (const auto& [bytes, expected] : refusals) {
    test::write_all(path, bytes);
    const std::string error = error_of([&] { SafetensorsFile file(path); });
    BOOST_TEST(error.starts_with(fmt::format("'{}' is not a usable safetensors file: ", path.string())),
               error);
    BOOST_TEST(contains(error, expected), "\"" << error << "\" lacks \"" << expected << '"');
  }
}

BOOST_AUTO_TEST_CASE(a_valid_header_is_accepted_so_that_the_refusals_mean_something) {
  const test::ScratchDirectory scratch;
  const std::vector<std::string> accepted = {with_length(tensor(R"("F32")", "[1]", "[0,4]"), "1234"),
                                             with_length(two(0, 1, 1, 4), "1234"),
                                             with_length(two(1, 4, 0, 1), "1234"),
                                             with_length(two(0, 4, 0, 0), "1234"),
                                             with_length("{} \t\r\n", ""),
                                             with_length(R"({"__metadata__":{}})", "")};
  for (const std::string& bytes : accepted) {
    test::write_all(scratch / "file", bytes);
    BOOST_TEST(error_of([&] { SafetensorsFile file(scratch / "file"); }) == "");
  }
}

BOOST_AUTO_TEST_CASE(no_header) {
  const std::string good = tensor(R"("F32")", "[1]", "[0,4]");
  require_refused(
      {{"", "it is 0 bytes long"},
       {"1234567", "it is 7 bytes long"},
       {with_length("", ""), "does not start with '{'"},
       {with_length(good, "").substr(0, good.size()), "the file ends after"},
       {std::string("\x01\xe1\xf5\x05\0\0\0\0", 8), "header would be 100000001 bytes long, more than"},
       {std::string(8, '\xff') + good, "header would be 18446744073709551615 bytes long, more than"},
       {with_length(" {}", ""), "does not start with '{'"},
       {with_length("[]", ""), "does not start with '{'"},
       {with_length("{", ""), "not JSON"},
       {with_length("{}x", ""), "more text follows"},
       {with_length("{}{}", ""), "more text follows"},
       {with_length("{\"\xff\":0}", ""), "not JSON"},
       {with_length("{\"a\":" + std::string(5000, '['), ""), "not JSON"}});
}

BOOST_AUTO_TEST_CASE(keys_that_come_twice) {
  const std::string entry = R"({"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  require_refused({
      {with_length(R"({"w":)" + entry + R"(,"w":)" + entry + "}", "1"), R"(the key "w" comes twice)"},
      {with_length(R"({"w":)" + entry + R"(,"\u0077":)" + entry + "}", "1"), R"(the key "w" comes twice)"},
      {with_length(R"({"__metadata__":{"a":"1","a":"2"}})", ""), R"(the key "a" comes twice)"},
      {with_length(R"({"__metadata__":{},"__metadata__":{}})", ""), R"(the key "__metadata__" comes twice)"},
      {with_length(R"({"w":{"dtype":"U8","shape":[1],"shape":[2],"data_offsets":[0,1]}})", "1"),
       R"(the key "shape")"},
  });
}

BOOST_AUTO_TEST_CASE(metadata_that_is_not_text) {
  require_refused({{with_length(R"({"__metadata__":[]})", ""), "__metadata__ is no object"},
                   {with_length(R"({"__metadata__":null})", ""), "__metadata__ is no object"},
                   {with_length(R"({"__metadata__":{"a":1}})", ""), "metadata \"a\" is no text"},
                   {with_length(R"({"__metadata__":{"a":{}}})", ""), "metadata \"a\" is no text"}});
}

BOOST_AUTO_TEST_CASE(entries_of_the_wrong_kind) {
  const std::string f32 = R"("F32")";
  require_refused(
      {{with_length(R"({"w":1})", ""), "tensor \"w\": its entry is no object"},
       {with_length(R"({"w":{}})", ""), "tensor \"w\": its entry must have"},
       {with_length(R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"more":1}})", "1"), "must have"},
       {with_length(R"({"w":{"dtype":"U8","shape":[1],"offsets":[0,1]}})", "1"), "data_offsets is missing"},
       {with_length(R"({"w":{"type":"U8","shape":[1],"data_offsets":[0,1]}})", "1"), "dtype is missing"},
       {with_length(tensor("1", "[1]", "[0,4]"), "1234"), "dtype is missing or no text"},
       {with_length(tensor(R"("F33")", "[1]", "[0,4]"), "1234"), "unknown dtype \"F33\""},
       {with_length(tensor(R"("")", "[1]", "[0,4]"), "1234"), "unknown dtype \"\""},
       {with_length(tensor(f32, "1", "[0,4]"), "1234"), "shape is missing or no list"},
       {with_length(tensor(f32, "[1.0]", "[0,4]"), "1234"), "shape holds something other"},
       {with_length(tensor(f32, "[-1]", "[0,4]"), "1234"), "shape holds something other"},
       {with_length(tensor(f32, "[\"1\"]", "[0,4]"), "1234"), "shape holds something other"},
       {with_length(tensor(f32, "[99999999999999999999]", "[0,4]"), "1234"), "shape holds something other"},
       {with_length(tensor(f32, "[9223372036854775808]", "[0,4]"), "1234"), "which is too large"},
       {with_length(tensor(f32, "[1]", "{}"), "1234"), "data_offsets is missing or no list"},
       {with_length(tensor(f32, "[1]", "[0]"), "1234"), "must be two numbers"},
       {with_length(tensor(f32, "[1]", "[0,4,4]"), "1234"), "must be two numbers"},
       {with_length(tensor(f32, "[1]", "[-1,4]"), "1234"), "data_offsets holds something other"},
       {with_length(tensor(f32, "[1]", "[0,4e0]"), "1234"), "data_offsets holds something other"}});
}

BOOST_AUTO_TEST_CASE(sizes_that_do_not_agree) {
  const std::string f32 = R"("F32")";
  const std::string huge = "[4294967296,4294967296]";
  require_refused({{with_length(tensor(f32, "[2]", "[0,4]"), "1234"), "shape [2] of F32 takes 8 bytes"},
                   {with_length(tensor(f32, "[0]", "[0,4]"), "1234"), "shape [0] of F32 takes 0 bytes"},
                   {with_length(tensor(f32, "[]", "[0,0]"), ""), "shape [] of F32 takes 4 bytes"},
                   {with_length(tensor(R"("U8")", huge, "[0,0]"), ""), "has too many elements"},
                   {with_length(tensor(f32, "[4611686018427387904]", "[0,0]"), ""), "has too many elements"},
                   {with_length(tensor(f32, "[1]", "[0,4]"), "123"), "not within the 3 bytes of data"},
                   {with_length(tensor(f32, "[1]", "[4,0]"), "1234"), "not within the 4 bytes of data"},
                   {with_length(tensor(f32, "[1]", "[0,18446744073709551615]"), "1234"), "not within"},
                   {with_length(tensor(f32, "[1]", "[0,4]"), "12345"), "5 bytes of data are there"},
                   {with_length("{}", "1"), "1 bytes of data are there"},
                   {with_length(tensor(f32, "[1]", "[1,5]"), "12345"), "there is a gap"},
                   {with_length(two(0, 1, 2, 4), "1234"), "there is a gap"},
                   {with_length(two(0, 3, 2, 4), "1234"), "tensors overlap"},
                   {with_length(two(0, 4, 0, 4), "1234"), "tensors overlap"},
                   {with_length(two(0, 4, 2, 2), "1234"), "tensors overlap"},
                   {with_length(two(0, 2, 2, 3), "1234"), "4 bytes of data are there"}});
}

BOOST_AUTO_TEST_CASE(paths_that_are_no_files) {
  const test::ScratchDirectory scratch;
  BOOST_TEST(error_of([&] { SafetensorsFile file(scratch / "none"); }) ==
             "open '" + (scratch / "none").string() + "': No such file or directory");
  BOOST_TEST(contains(error_of([&] { SafetensorsFile file(scratch.path()); }), "is not a regular file"));
}

// The file that is cut and flipped below.
std::string small_file(const test::ScratchDirectory& scratch) {
  const std::string_view data = "0123456789abcdef";
  const auto bytes = std::as_bytes(std::span(data));
  const std::vector<TensorRecord> tensors = {{"a", "F32", {1, 2}, bytes.first(8)},
                                             {"b", "BF16", {3}, bytes.first(6)},
                                             {"c", "F16", {0}, {}},
                                             {"d", "U8", {}, bytes.first(1)}};
  write_safetensors(scratch / "whole", tensors, {{"k", "v"}});
  return test::read_all(scratch / "whole");
}

BOOST_AUTO_TEST_CASE(cut_off_at_every_length_it_is_refused) {
  const test::ScratchDirectory scratch;
  const std::string whole = small_file(scratch);
  for (std::size_t length = whole.size(); length-- > 0;) {
    std::filesystem::resize_file(scratch / "whole", length);
    const std::string error = error_of([&] { SafetensorsFile file(scratch / "whole"); });
    BOOST_TEST(contains(error, (scratch / "whole").string()),
               "not refused at " << length << " bytes: " << error);
  }
}

// Nothing that a changed header byte can do may move data or make a shape that does not fit it. What is left
// is other names, other metadata, a dtype of the same size and another size beside a 0.
bool is_harmless(const SafetensorsFile& changed, const SafetensorsFile& whole) {
  if (changed.tensors().size() != whole.tensors().size()) return false;
  for (std::size_t i = 0; i < whole.tensors().size(); ++i) {
    const TensorRecord& tensor = changed.tensors()[i];
    const std::int64_t elements = std::accumulate(tensor.shape.begin(), tensor.shape.end(), std::int64_t{1},
                                                  std::multiplies<std::int64_t>());
    if (!std::ranges::equal(tensor.data, whole.tensors()[i].data) ||
        static_cast<std::size_t>(elements) * dtype_size(tensor.dtype) != tensor.data.size())
      return false;
  }
  return true;
}

BOOST_AUTO_TEST_CASE(any_header_byte_changed_it_is_refused_or_harmless) {
  const test::ScratchDirectory scratch;
  const std::string bytes = small_file(scratch);
  const SafetensorsFile whole(scratch / "whole");
  const std::size_t header_end = bytes.size() - 15;
  int refused = 0, loaded = 0;
  for (std::size_t place = 0; place < header_end; ++place) {
    for (int change = 1; change < 256; ++change) {
      test::put_byte(scratch / "whole", place, bytes[place] ^ change);
      try {
        if (!is_harmless(SafetensorsFile(scratch / "whole"), whole))
          BOOST_ERROR("byte " << place << " changed by " << change << " does harm");
        ++loaded;
      } catch (const std::runtime_error& error) {
        if (!contains(error.what(), (scratch / "whole").string())) BOOST_ERROR(error.what());
        ++refused;
      }
    }
    test::put_byte(scratch / "whole", place, bytes[place]);
  }
  BOOST_TEST(test::read_all(scratch / "whole") == bytes);
  BOOST_TEST_MESSAGE(refused << " refused, " << loaded << " loaded");
  BOOST_TEST(refused > loaded);
  BOOST_TEST(loaded > 0);
}

}  // namespace
}  // namespace favras
