// The manifest of a checkpoint: the files that belong to it, with what proves each of them whole.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace favras {

inline constexpr std::uint64_t kCheckpointFormat = 1;
inline constexpr char kManifestName[] = "manifest.json";

// A format that a newer program wrote: not damaged, but not to be read by this one.
struct NewerCheckpointFormat : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct ManifestFile {
  std::string name;  // plain: in the manifest's own directory
  std::uint64_t size = 0;
  std::string sha256;  // hexadecimal
};

struct Manifest {
  std::uint64_t step = 0;
  std::vector<ManifestFile> files;
};

// False for what could leave the checkpoint's directory, and for the manifest itself.
bool is_manifest_file_name(std::string_view name);

// JSON that ends in its own checksum, so that no changed manifest passes for a whole one.
std::string format_manifest(const Manifest& manifest);

// Throws NewerCheckpointFormat, or std::runtime_error saying what is wrong with the text.
Manifest parse_manifest(std::string_view text);

}  // namespace favras
