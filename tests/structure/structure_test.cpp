// The house keeps its shape: includes point one way, files stay short, every kernel has its contract.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

namespace {

namespace fs = std::filesystem;

constexpr int kLongestFile = 400;  // lines

// A folder, and those whose files its own may include. The mailer stands alone.
struct Layer {
  std::string_view name;
  std::set<std::string_view> may_include;
};

const std::array<Layer, 15> kLayers{
    {{"kernels", {"kernels"}},
     {"engine", {"kernels", "engine"}},
     {"apps", {"kernels", "engine", "apps"}},
     {"apps/mailer", {"apps/mailer"}},
     {"apps/seq2seq/command_line", {"apps/seq2seq/command_line"}},
     {"apps/seq2seq/io", {"engine", "apps/seq2seq/io", "apps/seq2seq/data"}},
     {"apps/seq2seq/data", {"kernels", "engine", "apps/seq2seq/data"}},
     {"apps/seq2seq/model", {"kernels", "engine", "apps/seq2seq/data", "apps/seq2seq/model"}},
     {"apps/seq2seq/decoding",
      {"engine", "apps/seq2seq/data", "apps/seq2seq/decoding", "apps/seq2seq/io", "apps/seq2seq/model"}},
     {"apps/seq2seq/evaluation",
      {"engine", "apps/seq2seq/data", "apps/seq2seq/evaluation", "apps/seq2seq/model"}},
     {"apps/seq2seq/training",
      {"kernels", "engine", "apps/seq2seq/command_line", "apps/seq2seq/data", "apps/seq2seq/decoding",
       "apps/seq2seq/evaluation", "apps/seq2seq/io", "apps/seq2seq/model", "apps/seq2seq/training"}},
     {"apps/seq2seq/watchers",
      {"engine", "apps/seq2seq/io", "apps/seq2seq/training", "apps/seq2seq/watchers"}},
     {"apps/seq2seq/plot",
      {"apps/seq2seq/command_line", "apps/seq2seq/data", "apps/seq2seq/io", "apps/seq2seq/plot",
       "apps/seq2seq/training"}},
     {"apps/seq2seq/mail",
      {"engine", "apps/mailer", "apps/seq2seq/command_line", "apps/seq2seq/io", "apps/seq2seq/mail",
       "apps/seq2seq/plot", "apps/seq2seq/training"}},
     {"apps/seq2seq/supervisor",
      {"engine", "apps/seq2seq/command_line", "apps/seq2seq/data", "apps/seq2seq/io",
       "apps/seq2seq/supervisor", "apps/seq2seq/watchers"}}}};

bool lies_in_one_of(const std::set<std::string_view>& folders, const std::string& path) {
  return std::any_of(folders.begin(), folders.end(),
                     [&](std::string_view folder) { return path.starts_with(fmt::format("{}/", folder)); });
}

bool is_source(const fs::path& path) {
  static const std::set<std::string> extensions{".h", ".cpp", ".cu", ".cuh", ".py", ".sh", ".cmake"};
  return extensions.contains(path.extension().string());
}

// The sources below root/folder, in order; none if there is no such folder.
std::vector<fs::path> sources(const fs::path& root, std::string_view folder) {
  std::vector<fs::path> found;
  if (!fs::exists(root / folder)) return found;
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    if (entry.is_regular_file() && is_source(entry.path())) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> lines_of(const fs::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// Includes that point against the arrows kernels <- engine <- apps, or are not written from the root.
std::vector<std::string> wrong_includes(const fs::path& root) {
  static const std::regex include(R"(^\s*#\s*include\s*([<"])([^/>"]+)(/[^>"]*)?[>"].*)");
  static const std::set<std::string> own{"kernels", "engine", "apps", "tests", "bench"};
  std::vector<std::string> wrong;
  for (const Layer& layer : kLayers) {
    for (const fs::path& path : sources(root, layer.name)) {
      for (const std::string& line : lines_of(path)) {
        std::smatch match;
        if (!std::regex_match(line, match, include)) continue;
        const std::string top = match[2];
        const bool is_own = match[1] == "\"" || own.contains(top);
        if (is_own && !lies_in_one_of(layer.may_include, top + match[3].str())) {
          wrong.push_back(fmt::format("{}: {}", fs::relative(path, root).string(), line));
        }
      }
    }
  }
  return wrong;
}

std::vector<std::string> long_files(const fs::path& root) {
  std::vector<std::string> wrong;
  for (const auto* folder : {"kernels", "engine", "apps", "tests", "bench", "scripts", "cmake"}) {
    for (const fs::path& path : sources(root, folder)) {
      const auto lines = lines_of(path).size();
      if (lines > kLongestFile) {
        wrong.push_back(fmt::format("{}: {} lines", fs::relative(path, root).string(), lines));
      }
    }
  }
  return wrong;
}

// Folders kernels/<op>/ without a header <op>.h that opens with a comment.
std::vector<std::string> kernels_without_contract(const fs::path& root) {
  std::vector<std::string> wrong;
  for (const auto& entry : fs::directory_iterator(root / "kernels")) {
    const std::string op = entry.path().filename().string();
    if (!entry.is_directory() || op == "common") continue;
    const auto lines = lines_of(entry.path() / (op + ".h"));
    if (lines.empty() || !lines.front().starts_with("//")) wrong.push_back("kernels/" + op);
  }
  return wrong;
}

void check_none(const std::vector<std::string>& wrong) {
  for (const std::string& what : wrong) BOOST_ERROR(what);
  BOOST_TEST(wrong.empty());
}

// A small tree with one breach of each rule beside files that keep it.
struct BrokenHouse {
  fs::path root;

  BrokenHouse() {
    std::string pattern = (fs::temp_directory_path() / "favras-structure-XXXXXX").string();
    root = mkdtemp(pattern.data());
    write("kernels/good/good.h", "// Contract.\n#include <cstddef>\n");
    write("kernels/good/good_cpu.cpp", "#include \"kernels/good/good.h\"\n#include \"engine/tensor.h\"\n");
    write("kernels/bare/bare_cpu.cpp", "#include \"bare.h\"\n");
    write("kernels/common/philox.h", "");
    write("engine/tensor.h", "#include \"kernels/good/good.h\"\n  #  include <apps/main.h>\n");
    write("apps/main.h", "#include \"engine/tensor.h\"\n#include \"tests/support.h\"\n");
    write("apps/mailer/mail.h",
          "#include \"apps/mailer/address.h\"\n#include \"apps/seq2seq/model/model.h\"\n");
    write("apps/mailer/mail.cpp", "#include \"engine/tensor.h\"\n");
    write("tests/support.h", "#include \"apps/main.h\"\n");
    write("scripts/short.sh", std::string(kLongestFile, '\n'));
    write("scripts/long.sh", std::string(kLongestFile + 1, '\n'));
  }
  ~BrokenHouse() { fs::remove_all(root); }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((root / name).parent_path());
    std::ofstream(root / name) << text;
  }
};

const fs::path kProject = fs::path(FAVRAS_FIXTURES).parent_path().parent_path();

}  // namespace

BOOST_AUTO_TEST_CASE(includes_point_from_apps_to_engine_to_kernels) {
  for (const Layer& layer : kLayers) BOOST_TEST(!sources(kProject, layer.name).empty());
  check_none(wrong_includes(kProject));
}

BOOST_AUTO_TEST_CASE(no_source_is_longer_than_400_lines) { check_none(long_files(kProject)); }

BOOST_AUTO_TEST_CASE(every_kernel_has_a_contract) { check_none(kernels_without_contract(kProject)); }

BOOST_FIXTURE_TEST_CASE(breaches_are_found, BrokenHouse) {
  const std::vector<std::string> includes{"kernels/bare/bare_cpu.cpp: #include \"bare.h\"",
                                          "kernels/good/good_cpu.cpp: #include \"engine/tensor.h\"",
                                          "engine/tensor.h:   #  include <apps/main.h>",
                                          "apps/main.h: #include \"tests/support.h\"",
                                          "apps/mailer/mail.cpp: #include \"engine/tensor.h\"",
                                          "apps/mailer/mail.h: #include \"apps/seq2seq/model/model.h\""};
  BOOST_TEST(wrong_includes(root) == includes, boost::test_tools::per_element());
  const std::vector<std::string> files{"scripts/long.sh: 401 lines"};
  BOOST_TEST(long_files(root) == files, boost::test_tools::per_element());
  const std::vector<std::string> kernels{"kernels/bare"};
  BOOST_TEST(kernels_without_contract(root) == kernels, boost::test_tools::per_element());
}
