#include "engine/storage/checkpoint_directory.h"

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <map>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>

#include <fmt/format.h>

#include "engine/storage/durable.h"
#include "engine/storage/file.h"
#include "engine/storage/manifest.h"
#include "engine/storage/sha256.h"

namespace favras {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "step-";
constexpr std::string_view kTemporary = ".tmp";
constexpr std::string_view kDamaged = ".damaged";

fs::path with_suffix(const fs::path& path, std::string_view suffix) {
  return path.string() + std::string(suffix);
}

// N of a name step-N in plain decimal, the only way it is written.
std::optional<std::uint64_t> step_of(std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  std::uint64_t step = 0;
  std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), step);
  if (fmt::format("{}{}", kPrefix, step) != name) return std::nullopt;
  return step;
}

std::string read_text(const fs::path& path) {
  File file(path, O_RDONLY);
  std::string text(file.size(), '\0');
  text.resize(file.read(std::as_writable_bytes(std::span(text))));
  return text;
}

ManifestFile describe(const fs::path& path) {
  return {.name = path.filename(), .size = File(path, O_RDONLY).size(), .sha256 = sha256_hex_of_file(path)};
}

void check_file(const fs::path& path, const ManifestFile& expected) {
  const std::uint64_t size = File(path, O_RDONLY).size();
  if (size != expected.size)
    throw std::runtime_error(
        fmt::format("'{}' is {} bytes long, not {}", path.string(), size, expected.size));
  if (sha256_hex_of_file(path) != expected.sha256)
    throw std::runtime_error(fmt::format("'{}' does not agree with its checksum", path.string()));
}

// Whether a failed system call tells of damage rather than of a reader without permission, memory and the
// like.
bool is_damage(const std::error_code& code) {
  return code == std::errc::no_such_file_or_directory || code == std::errc::io_error ||
         code == std::errc::is_a_directory || code == std::errc::not_a_directory;
}

// Runs the check and adds the damage it finds to the problems; anything else it throws goes on.
void note_damage(std::vector<std::string>& problems, const std::function<void()>& check) {
  try {
    check();
  } catch (const NewerCheckpointFormat&) {
    throw;
  } catch (const std::system_error& error) {
    if (!is_damage(error.code())) throw;
    problems.push_back(error.what());
  } catch (const std::runtime_error& error) {
    problems.push_back(error.what());
  }
}

Manifest read_manifest(const fs::path& checkpoint) {
  const fs::path path = checkpoint / kManifestName;
  const std::string text = read_text(path);
  Manifest manifest;
  try {
    manifest = parse_manifest(text);
  } catch (const NewerCheckpointFormat& error) {
    throw NewerCheckpointFormat(fmt::format("'{}': {}", path.string(), error.what()));
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(fmt::format("'{}' is not a whole manifest: {}", path.string(), error.what()));
  }
  const std::optional<std::uint64_t> step = step_of(checkpoint.filename().string());
  if (step && *step != manifest.step)
    throw std::runtime_error(fmt::format("'{}' is of step {}", path.string(), manifest.step));
  return manifest;
}

// Under a name that no checkpoint has first: cut short, it leaves a left-over, not a damaged checkpoint.
void remove_checkpoint(const fs::path& path) {
  const fs::path doomed = with_suffix(path, kTemporary);
  fs::remove_all(doomed);
  durable_rename(path, doomed);
  fs::remove_all(doomed);
}

fs::path set_aside_path(const fs::path& path) {
  fs::path aside = with_suffix(path, kDamaged);
  for (int i = 2; fs::exists(aside); ++i) aside = with_suffix(path, fmt::format("{}-{}", kDamaged, i));
  return aside;
}

void remove_left_overs(const fs::path& directory, const std::function<void(std::string)>& report) {
  std::vector<fs::path> left_overs;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename();
    const std::size_t dot = name.find('.');
    if (dot != name.npos && name.substr(dot).starts_with(kTemporary) && step_of(name.substr(0, dot)))
      left_overs.push_back(entry.path());
  }
  for (const fs::path& path : left_overs) {
    report(fmt::format("removing '{}', left over from a save that was cut short", path.string()));
    fs::remove_all(path);
  }
}

// Of those set aside, the newest that is whole after all, as it was before: a disk may fail for a while.
std::optional<Checkpoint> reinstate(const fs::path& directory,
                                    const std::function<void(std::string)>& report) {
  std::map<std::uint64_t, fs::path> whole;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename();
    const std::size_t dot = name.find('.');
    const auto step = step_of(name.substr(0, dot));
    if (step && dot != name.npos && name.substr(dot).starts_with(kDamaged) &&
        verify_checkpoint(entry.path()).empty())
      whole[*step] = entry.path();
  }
  if (whole.empty()) return std::nullopt;
  const auto& [step, path] = *whole.rbegin();
  const Checkpoint checkpoint{checkpoint_path(directory, step), step};
  report(fmt::format("'{}' is whole after all, and '{}' again", path.string(),
                     checkpoint.path.filename().string()));
  durable_rename(path, checkpoint.path);
  return checkpoint;
}

}  // namespace

std::filesystem::path checkpoint_path(const std::filesystem::path& directory, std::uint64_t step) {
  return directory / fmt::format("{}{}", kPrefix, step);
}

CheckpointWriter::CheckpointWriter(const std::filesystem::path& directory, std::uint64_t step)
    : directory_(directory),
      temporary_(with_suffix(checkpoint_path(directory, step), kTemporary)),
      step_(step) {
  durable_create_directories(directory);
  fs::remove_all(temporary_);
  if (::mkdir(temporary_.c_str(), 0777) != 0) throw_errno("mkdir", temporary_);
}

CheckpointWriter::~CheckpointWriter() {
  std::error_code ignored;
  if (!committed_) fs::remove_all(temporary_, ignored);
}

std::filesystem::path CheckpointWriter::file(const std::string& name) {
  if (!is_manifest_file_name(name))
    throw std::runtime_error(fmt::format("a checkpoint's file cannot be named '{}'", name));
  names_.insert(name);
  return temporary_ / name;
}

Checkpoint CheckpointWriter::commit() {
  Manifest manifest{.step = step_, .files = {}};
  for (const std::string& name : names_) {
    manifest.files.push_back(describe(temporary_ / name));
    File(temporary_ / name, O_RDONLY).sync();
  }
  // The last file to be written: with it the directory, and so the names of all files, reaches the disk.
  durable_write(temporary_ / kManifestName, [&](File& file) { file.write(format_manifest(manifest)); });
  const Checkpoint checkpoint{checkpoint_path(directory_, step_), step_};
  durable_replace_directory(temporary_, checkpoint.path);
  committed_ = true;
  return checkpoint;
}

std::vector<Checkpoint> list_checkpoints(const std::filesystem::path& directory) {
  std::vector<Checkpoint> checkpoints;
  if (!fs::exists(directory)) return checkpoints;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    const std::optional<std::uint64_t> step = step_of(entry.path().filename().string());
    if (step && entry.is_directory()) checkpoints.push_back({entry.path(), *step});
  }
  std::ranges::sort(checkpoints, {}, &Checkpoint::step);
  return checkpoints;
}

std::vector<std::string> verify_checkpoint(const std::filesystem::path& path) {
  std::vector<std::string> problems;
  Manifest manifest;
  note_damage(problems, [&] { manifest = read_manifest(path); });
  for (const ManifestFile& file : manifest.files)
    note_damage(problems, [&] { check_file(path / file.name, file); });
  return problems;
}

std::optional<Checkpoint> newest_valid_checkpoint(const std::filesystem::path& directory,
                                                  const std::function<void(std::string)>& report) {
  if (!fs::exists(directory)) return std::nullopt;
  remove_left_overs(directory, report);
  std::vector<Checkpoint> checkpoints = list_checkpoints(directory);
  for (; !checkpoints.empty(); checkpoints.pop_back()) {
    const Checkpoint& checkpoint = checkpoints.back();
    if (verify_checkpoint(checkpoint.path).empty()) return checkpoint;
    const std::vector<std::string> problems =
        verify_checkpoint(checkpoint.path);  // a disk may fail for a moment
    if (problems.empty()) return checkpoint;
    const fs::path aside = set_aside_path(checkpoint.path);
    report(fmt::format("checkpoint '{}' is damaged and set aside as '{}': {}", checkpoint.path.string(),
                       aside.filename().string(), fmt::join(problems, "; ")));
    durable_rename(checkpoint.path, aside);
  }
  return reinstate(directory, report);
}

std::vector<std::string> prune_checkpoints(const std::filesystem::path& directory,
                                           const std::set<std::uint64_t>& keep) {
  std::vector<Checkpoint> checkpoints = list_checkpoints(directory);
  if (checkpoints.empty()) return {};
  const fs::path newest = checkpoints.back().path;
  checkpoints.pop_back();
  std::erase_if(checkpoints, [&](const Checkpoint& checkpoint) { return keep.contains(checkpoint.step); });
  if (checkpoints.empty()) return {};
  std::vector<std::string> problems = verify_checkpoint(newest);
  if (!problems.empty()) return problems;
  for (const Checkpoint& checkpoint : checkpoints) remove_checkpoint(checkpoint.path);
  return {};
}

}  // namespace favras
