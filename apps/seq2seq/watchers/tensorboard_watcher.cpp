#include "apps/seq2seq/watchers/tensorboard_watcher.h"

#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <unistd.h>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "engine/storage/durable.h"
#include "engine/storage/host_name.h"

namespace favras::seq2seq {
namespace {

// CRC-32C (Castagnoli), bit by bit: a few hundred bytes a minute need no table.
std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0u;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0u);
  }
  return ~crc;
}

template <class T>
std::string little_endian(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  static_assert(std::endian::native == std::endian::little);
  return bytes;
}

// The parts of a protocol buffer: a field's number with its wire type, then the value.
enum Wire { kVarint = 0, kDouble = 1, kBytes = 2, kFloat = 5 };

std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7) bytes += static_cast<char>(value | 128);
  return bytes + static_cast<char>(value);
}
std::string key(unsigned field, Wire wire) { return varint(field << 3 | wire); }
std::string bytes_field(unsigned field, const std::string& value) {
  return key(field, kBytes) + varint(value.size()) + value;
}
std::string double_field(unsigned field, double value) { return key(field, kDouble) + little_endian(value); }
std::string float_field(unsigned field, float value) { return key(field, kFloat) + little_endian(value); }
std::string varint_field(unsigned field, std::uint64_t value) { return key(field, kVarint) + varint(value); }

// Event { wall_time = 1; step = 2; file_version = 3; summary = 5; session_log = 7 }
double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::filesystem::path new_file(const std::filesystem::path& directory) {
  durable_create_directories(directory);
  // The process makes the name another than that of a run that was started in the same second.
  return directory / fmt::format("events.out.tfevents.{}.{}.{}", static_cast<std::int64_t>(wall_time()),
                                 host_name(), ::getpid());
}

}  // namespace

std::string tf_record(const std::string& data) {
  const auto masked = [](std::string_view bytes) {
    const std::uint32_t crc = crc32c(bytes);
    return little_endian((crc >> 15 | crc << 17) + 0xa282ead8u);
  };
  const std::string length = little_endian(static_cast<std::uint64_t>(data.size()));
  return length + masked(length) + data + masked(data);
}

TensorboardWatcher::TensorboardWatcher(const std::filesystem::path& directory)
    : file_(new_file(directory), 0) {
  write(bytes_field(3, "brain.Event:2"));
}

void TensorboardWatcher::write(const std::string& event) {
  file_.append(tf_record(double_field(1, wall_time()) + event));
}

// Summary { value = 1 { tag = 1; simple_value = 2 } }
void TensorboardWatcher::scalar(const boost::json::object& event, const char* key, const char* tag) {
  const boost::json::value* const value = event.if_contains(key);
  if (!value || !value->is_number()) return;
  const std::string entry = bytes_field(1, tag) + float_field(2, value->to_number<float>());
  write(varint_field(2, event.at("step").to_number<std::uint64_t>()) + bytes_field(5, bytes_field(1, entry)));
}

void TensorboardWatcher::event(const boost::json::object& event) {
  const boost::json::string& kind = event.at("event").as_string();
  // SessionLog { status = 1 } with START: what older files say of later steps is void.
  if (kind == "resumed" || kind == "rolled_back")
    write(varint_field(2, event.at("step").to_number<std::uint64_t>() + 1) +
          bytes_field(7, varint_field(1, 1)));
  if (kind == "progress") {
    scalar(event, "loss", "loss/training");
    scalar(event, "validation_loss", "loss/validation");
    scalar(event, "learning_rate", "learning_rate");
    scalar(event, "lines_per_second", "lines_per_second");
  }
  if (kind == "epoch") {
    scalar(event, "accuracy", "accuracy/exact_lines");
    scalar(event, "do_nothing_accuracy", "accuracy/doing_nothing");
  }
}

}  // namespace favras::seq2seq
