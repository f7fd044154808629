// That the kernels can be launched, and cooperative ones at once, on the GPUs that the project names, by the
// registers and the shared memory that nvcc reports (kernel_resources.txt). No GPU is asked, and no compiler.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "tests/simt/device_profile.h"

namespace {

namespace fs = std::filesystem;
using favras::simt::DeviceProfile;

const std::map<std::string, DeviceProfile> kDevices{{"sm_75", favras::simt::t4()},
                                                    {"sm_90", favras::simt::h100()}};

struct Resources {
  std::string kernel, architecture;
  int threads = 0, registers = 0;
  std::size_t shared = 0;
};

struct Launch {
  std::string kernel, architecture;
  std::size_t shared = 0;  // dynamic
  int blocks = 0;          // at once
};

std::string without_comments(std::istream& file) {
  std::string text;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with('#') && !line.starts_with("nvcc ")) text += line + '\n';
  }
  return text;
}

std::vector<Resources> read_resources(std::istream& file) {
  std::istringstream text(without_comments(file));
  std::vector<Resources> rows;
  for (Resources r; text >> r.kernel >> r.architecture >> r.threads >> r.registers >> r.shared;)
    rows.push_back(r);
  return rows;
}

std::vector<Launch> read_launches(std::istream& file) {
  std::istringstream text(without_comments(file));
  std::vector<Launch> rows;
  for (Launch l; text >> l.kernel >> l.architecture >> l.shared >> l.blocks;) rows.push_back(l);
  return rows;
}

int resident_blocks(const Resources& kernel, std::size_t dynamic_shared) {
  DeviceProfile device = kDevices.at(kernel.architecture);
  device.registers_per_thread = kernel.registers;
  return favras::simt::resident_blocks(device, kernel.threads, kernel.shared + dynamic_shared);
}

// Kernels that do not fit, and launches of kernels that the table does not have.
std::vector<std::string> misfits(const std::vector<Resources>& kernels, const std::vector<Launch>& launches) {
  std::vector<std::string> wrong;
  std::size_t launched = 0;
  for (const Resources& kernel : kernels) {
    const auto launch = std::find_if(launches.begin(), launches.end(), [&](const Launch& l) {
      return l.kernel == kernel.kernel && l.architecture == kernel.architecture;
    });
    const bool is_listed = launch != launches.end();
    launched += is_listed;
    const DeviceProfile& device = kDevices.at(kernel.architecture);
    const int blocks = resident_blocks(kernel, is_listed ? launch->shared : 0);
    BOOST_TEST_MESSAGE(fmt::format("{:60} {}: {:2} blocks of {}, {:3} % of the threads", kernel.kernel,
                                   device.name, blocks, kernel.threads,
                                   100 * blocks * kernel.threads / device.threads_per_multiprocessor));
    if (blocks == 0) {
      wrong.push_back(
          fmt::format("{} cannot be launched on {}: {} threads of {} registers, {} bytes of shared memory",
                      kernel.kernel, device.name, kernel.threads, kernel.registers, kernel.shared));
    } else if (is_listed && launch->blocks > blocks * device.multiprocessors) {
      wrong.push_back(fmt::format("{}: {} blocks at once, but {} holds {}", kernel.kernel, launch->blocks,
                                  device.name, blocks * device.multiprocessors));
    }
  }
  if (launched != launches.size())
    wrong.push_back("kernel_launches.txt names kernels that are not in the table");
  return wrong;
}

// What is in a folder of kernels/: the names before _cuda.cu, with which the kernels' begin, and all the
// text.
struct Folder {
  std::vector<std::string> names;
  std::string text;
};

// Folders whose kernels need a row in kernel_launches.txt and have none.
std::vector<std::string> unlisted(const std::map<std::string, Folder>& folders,
                                  const std::vector<Launch>& launches) {
  std::vector<std::string> missing;
  for (const auto& [path, folder] : folders) {
    const bool must = folder.text.find("launch_cooperative(") != std::string::npos ||
                      folder.text.find("dynamic_shared<") != std::string::npos;
    const bool is_listed =
        std::any_of(folder.names.begin(), folder.names.end(), [&](const std::string& name) {
          return std::any_of(launches.begin(), launches.end(),
                             [&](const Launch& l) { return l.kernel.starts_with(name + '/'); });
        });
    if (must && !is_listed) missing.push_back(path);
  }
  return missing;
}

std::map<std::string, Folder> cuda_folders() {
  constexpr std::string_view kEnd = "_cuda.cu";
  std::map<std::string, Folder> folders;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(PROJECT) / "kernels")) {
    const fs::path& path = entry.path();
    const std::string folder = path.parent_path().filename().string(), name = path.filename().string();
    if (folder == "common" || (path.extension() != ".cu" && path.extension() != ".h")) continue;
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    folders[folder].text += text.str();
    if (name.ends_with(kEnd)) folders[folder].names.push_back(name.substr(0, name.size() - kEnd.size()));
  }
  return folders;
}

const fs::path kHere = fs::path(PROJECT) / "tests" / "gates";

BOOST_AUTO_TEST_CASE(every_kernel_fits) {
  std::ifstream resources(kHere / "kernel_resources.txt"), launches(kHere / "kernel_launches.txt");
  const std::vector<Resources> kernels = read_resources(resources);
  BOOST_TEST(!kernels.empty());
  const std::vector<Launch> listed = read_launches(launches);
  for (const std::string& what : misfits(kernels, listed)) BOOST_ERROR(what);
  for (const std::string& folder : unlisted(cuda_folders(), listed))
    BOOST_ERROR(fmt::format(
        "kernels/{} takes dynamic shared memory or launches cooperatively: kernel_launches.txt must say",
        folder));
}

BOOST_AUTO_TEST_CASE(misfits_are_found) {
  std::istringstream table(
      "# kernel\nnvcc 1\na/fits<float,4> sm_75 1024 64 0\na/large sm_90 1024 65 0\n"
      "b/shared sm_75 32 16 40000\nb/grid sm_90 512 64 100\n");
  const std::vector<Resources> kernels = read_resources(table);
  BOOST_TEST(kernels.size() == 4u);
  BOOST_TEST(resident_blocks(kernels[0], 0) == 1);
  BOOST_TEST(resident_blocks(kernels[3], 0) == 2);
  BOOST_TEST(misfits(kernels, {}).size() == 1u);
  // 40,000 bytes more than Turing's 64 KiB; a grid that fits and one that does not.
  BOOST_TEST(misfits(kernels, {{"b/shared", "sm_75", 40000, 0}}).size() == 2u);
  BOOST_TEST(misfits(kernels, {{"b/grid", "sm_90", 0, 264}}).size() == 1u);
  BOOST_TEST(misfits(kernels, {{"b/grid", "sm_90", 0, 265}}).size() == 2u);
  BOOST_TEST(misfits(kernels, {{"b/grid", "sm_75", 0, 1}}).size() == 2u);
}

BOOST_AUTO_TEST_CASE(launches_must_be_listed) {
  const std::map<std::string, Folder> folders{{"plain", {{"plain"}, "launch(kernel, 1);"}},
                                              {"grid", {{"few", "many"}, "launch_cooperative(k)"}},
                                              {"shared", {{"shared"}, "dynamic_shared<float>()"}}};
  BOOST_TEST(unlisted(folders, {}) == (std::vector<std::string>{"grid", "shared"}),
             boost::test_tools::per_element());
  BOOST_TEST(unlisted(folders, {{"many/k", "sm_90", 0, 1}}) == std::vector<std::string>{"shared"},
             boost::test_tools::per_element());
}

}  // namespace
