// Lines of any length, in parts. Input: a byte, how many lines are taken at a time, and a text, see
// expanded().
#include "apps/seq2seq/data/utf8.h"
#include "apps/seq2seq/io/line_reader.h"
#include "tests/fuzz/fuzz.h"

namespace favras::seq2seq {
namespace {

bool is_valid(std::string_view text) { return !first_invalid_byte(text); }

}  // namespace
}  // namespace favras::seq2seq

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::seq2seq;
  fuzz::Input input(data, size);
  const std::size_t most = std::size_t{1} + input.byte() % 8;
  const std::string text = fuzz::expanded(input.rest(), 1, 1 << 17);
  const fuzz::MemoryFile file(text);
  LineReader reader(file.descriptor(), "the input");
  std::string together, line;
  bool valid_parts = true;
  for (std::vector<InputLine> lines; !(lines = reader.next(most, 1 << 20)).empty();) {
    fuzz::require(lines.size() <= most, "no more lines than wanted");
    for (const InputLine& part : lines) {
      fuzz::require(part.text.find('\n') == part.text.npos, "a line has no end in it");
      fuzz::require(part.text.size() <= LineReader::kPartBytes, "parts are short");
      fuzz::require(part.goes_on ? part.ending.empty() && !part.text.empty()
                                 : part.ending == "\n" || part.ending == "\r\n" || part.ending.size() <= 1,
                    "lines have ends, parts have text");
      together += part.text + part.ending;
      line += part.text;
      valid_parts = valid_parts && is_valid(part.text);
      if (part.goes_on) continue;
      fuzz::require(valid_parts == is_valid(line), "no character is cut");
      line.clear();
      valid_parts = true;
    }
  }
  fuzz::require(together == text && reader.taken() == text.size(), "all is read, and nothing else");
  return 0;
}
