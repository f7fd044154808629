// The lines of a file in blocks. Input: a text, see expanded().
#include <algorithm>

#include "apps/seq2seq/data/block_reader.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::seq2seq;
  const std::string text = fuzz::expanded(fuzz::Input(data, size).rest(), 16, 3 << 20);
  const fuzz::MemoryFile file(text);
  const std::vector<std::filesystem::path> files{file.path()};
  BlockReader reader(files);
  std::string_view rest = text;
  std::uint64_t due = 1;
  for (Block block; reader.next(block);) {
    fuzz::require(!block.text.empty() && block.text.size() <= kLongestLineBytes + kBlockBytes,
                  "blocks have their size");
    for_each_line(block, [&](std::uint64_t number, std::string_view line) {
      const std::string_view expected = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(expected.size() + 1, rest.size()));
      fuzz::require(number == due++, "lines are counted");
      fuzz::require(line == expected || (line.size() > kLongestLineBytes && expected.starts_with(line)),
                    "every line comes, the longest ones perhaps cut");
    });
  }
  fuzz::require(rest.empty() && reader.sums().size() == 1 && reader.sums()[0].bytes == text.size(),
                "all is read");
  return 0;
}
