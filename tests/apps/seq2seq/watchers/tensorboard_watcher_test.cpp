// Records as TFRecord files have them, and where the files go. Whether TensorBoard reads them: see
// tensorboard_program_test.py.
#include "apps/seq2seq/watchers/tensorboard_watcher.h"

#include <filesystem>
#include <string>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/engine/storage/scratch.h"

namespace favras::seq2seq {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

std::string only_file_in(const fs::path& directory) {
  const fs::directory_iterator files(directory);
  return test::read_all(files->path());
}

// RFC 3720, B.4: CRC-32C of 32 zeros is 0x8a9136aa, of the bytes 0 to 31 it is 0x46dd794e; masked by
// TFRecord.
BOOST_AUTO_TEST_CASE(a_records_checksums) {
  const auto data_checksum = [](const std::string& data) {
    const std::string record = tf_record(data);
    BOOST_TEST(record.size() == 8 + 4 + data.size() + 4);
    BOOST_TEST(record.substr(12, data.size()) == data);
    std::uint32_t masked = 0;
    std::memcpy(&masked, record.data() + record.size() - 4, 4);
    const std::uint32_t rotated = masked - 0xa282ead8u;
    return rotated >> 17 | rotated << 15;
  };
  BOOST_TEST(data_checksum(std::string(32, '\0')) == 0x8a9136aau);
  std::string ascending;
  for (char c = 0; c < 32; ++c) ascending += c;
  BOOST_TEST(data_checksum(ascending) == 0x46dd794eu);
  BOOST_TEST(tf_record(ascending).substr(0, 8) == "\x20\0\0\0\0\0\0\0"s);
}

BOOST_AUTO_TEST_CASE(each_process_has_a_file_of_its_own) {
  const test::ScratchDirectory scratch;
  const TensorboardWatcher watcher(scratch / "a" / "b");
  const std::string first = only_file_in(scratch / "a" / "b");
  BOOST_TEST(test::contains(first, "brain.Event:2"));
  BOOST_TEST(fs::directory_iterator(scratch / "a" / "b")
                 ->path()
                 .filename()
                 .string()
                 .starts_with("events.out.tfevents."));
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_left_out) {
  const test::ScratchDirectory scratch;
  TensorboardWatcher watcher(scratch.path());
  watcher.event({{"event", "progress"}, {"step", 300}, {"loss", 0.5}, {"validation_loss", nullptr}});
  watcher.event({{"event", "saved"}, {"step", 300}});
  const std::string text = only_file_in(scratch.path());
  BOOST_TEST(test::contains(text, "loss/training\x15"s + "\0\0\0\x3f"s));
  BOOST_TEST(!test::contains(text, "loss/validation"));
  BOOST_TEST(test::contains(text, "\x10\xac\x02"s));  // step 300 as a varint
}

}  // namespace
}  // namespace favras::seq2seq
