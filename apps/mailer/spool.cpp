#include "apps/mailer/spool.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <sys/file.h>
#include <system_error>

#include <fmt/format.h>

#include "apps/mailer/durable_file.h"

namespace favras::mailer {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kEnding = ".mail", kTemporaryEnding = ".tmp";
constexpr auto kTemporaryLives = std::chrono::hours(1);  // longer than any put() takes

// Names sort by time; a process makes each but once.
std::string fresh_name() {
  static std::atomic<unsigned> count = 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return fmt::format("{:020}-{}-{}", std::chrono::duration_cast<std::chrono::nanoseconds>(now).count(),
                     ::getpid(), count++);
}

// Other processes put and remove meanwhile: what vanishes is left out.
std::vector<fs::path> list(const fs::path& directory, std::string_view ending) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error))
    if (entry->path().filename().string().ends_with(ending)) found.push_back(entry->path());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

struct Spool::File {
  fs::path path;
  std::uint64_t size;
  int rank;  // the lowest gives way first; the highest never
};

Spool::Spool(fs::path directory, Report report, SpoolLimits limits)
    : directory_(std::move(directory)),
      report_(report ? std::move(report) : [](const std::string&) {}),
      limits_(limits) {
  create_private_directory(directory_);
  create_private_directory(failed());
}

// Digests are known by their names: a full spool is not the moment to read all files.
std::vector<Spool::File> Spool::files() const {
  std::vector<File> files;
  std::error_code gone;
  for (const fs::path& path : list(failed(), kEnding)) files.push_back({path, fs::file_size(path, gone), 0});
  for (const fs::path& path : list(directory_, kEnding)) {
    const bool digest = path.filename().string().ends_with("-digest.mail");
    files.push_back({path, fs::file_size(path, gone), digest ? 1 : 2});
  }
  return files;
}

void Spool::make_room(std::uint64_t bytes) {
  std::vector<File> all = files();
  std::uint64_t size = bytes;
  for (const File& file : all) size += file.size == static_cast<std::uint64_t>(-1) ? 0 : file.size;
  std::size_t count = all.size() + 1;
  std::stable_sort(all.begin(), all.end(), [](const File& a, const File& b) { return a.rank < b.rank; });
  std::size_t given_up = 0;
  while ((count > limits_.files || size > limits_.bytes) && given_up < all.size() && all[given_up].rank < 2) {
    size -= std::min(all[given_up].size, size);
    --count;
    ++given_up;
  }
  if (count > limits_.files || size > limits_.bytes)
    throw SpoolFull(
        fmt::format("the spool '{}' is full: {} messages wait in it", directory_.string(), all.size()));
  for (std::size_t i = 0; i < given_up; ++i) {
    remove_file(all[i].path);
    report_(fmt::format("the spool is full: {} {} gave way", all[i].rank == 0 ? "refused message" : "digest",
                        all[i].path.filename().string()));
  }
}

std::string Spool::put(const Letter& letter) {
  const std::string bytes = write_entry(letter);
  make_room(bytes.size());
  const std::string stem = fresh_name();
  const std::string name =
      stem + (letter.urgency == Urgency::kDigest ? "-digest" : "") + std::string(kEnding);
  write_new_file(directory_ / (stem + std::string(kTemporaryEnding)), directory_ / name, bytes);
  return name;
}

std::vector<std::string> Spool::waiting() {
  for (const fs::path& path : list(directory_, kTemporaryEnding)) {
    std::error_code gone;
    const auto written = fs::last_write_time(path, gone);
    if (!gone && fs::file_time_type::clock::now() - written > kTemporaryLives) fs::remove(path, gone);
  }
  std::vector<std::string> names;
  for (const fs::path& path : list(directory_, kEnding)) names.push_back(path.filename().string());
  return names;
}

Letter Spool::load(const std::string& name) const { return read_entry(read_file(directory_ / name)).letter; }

void Spool::settle(const std::string& name, std::size_t recipient, Outcome outcome,
                   const std::string& reply) {
  const fs::path path = directory_ / name;
  const Entry entry = read_entry(read_file(path));
  overwrite_byte(path, entry.places.at(recipient), symbol_of(outcome));
  if (outcome != Outcome::kRefused) return;
  try {
    append_to_file(path, fmt::format("\n{}: {}\n", entry.letter.envelope.to[recipient], reply));
  } catch (const std::system_error&) {  // a note for people; the disk may be full
  }
}

void Spool::remove(const std::string& name) { remove_file(directory_ / name); }

void Spool::set_aside(const std::string& name) { rename_file(directory_ / name, failed() / name); }

std::size_t Spool::retry_failed() {
  std::size_t count = 0;
  for (const fs::path& path : list(failed(), kEnding)) {
    try {
      const Entry entry = read_entry(read_file(path));
      for (std::size_t i = 0; i < entry.places.size(); ++i)
        if (entry.letter.outcomes[i] == Outcome::kRefused)
          overwrite_byte(path, entry.places[i], symbol_of(Outcome::kLater));
      rename_file(path, directory_ / path.filename());
      ++count;
    } catch (const std::exception& error) {
      report_(fmt::format("'{}' stays: {}", path.string(), error.what()));
    }
  }
  return count;
}

SpoolLock::SpoolLock(const Spool& spool)
    : file_(::open((spool.directory() / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  if (file_.get() < 0)
    throw SessionError(fmt::format("cannot lock the spool '{}': {}", spool.directory().string(),
                                   std::generic_category().message(errno)));
  while (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK)
      throw SessionError(fmt::format("cannot lock the spool '{}': {}", spool.directory().string(),
                                     std::generic_category().message(errno)));
    throw SpoolBusy(
        fmt::format("another process is sending from the spool '{}'", spool.directory().string()));
  }
}

}  // namespace favras::mailer
