// What a model changed in a line, and what it takes to make one line of another. Input: two lines.

#include "apps/seq2seq/data/edits.h"
#include "apps/seq2seq/data/utf8.h"
#include "apps/seq2seq/decoding/changes.h"
#include "tests/fuzz/fuzz.h"

namespace favras::seq2seq {
namespace {

// The clean line with its edits made.
std::u32string edited(std::u32string_view line, std::u32string_view clean, const std::vector<Edit>& edits) {
  std::u32string result;
  std::size_t at = 0;
  for (const Edit& edit : edits) {
    fuzz::require(edit.clean.begin >= at && edit.clean.end <= clean.size() && edit.line.end <= line.size(),
                  "edits follow each other in the lines");
    result += clean.substr(at, edit.clean.begin - at);
    fuzz::require(result.size() == edit.line.begin, "what is between edits is the same in both lines");
    result += line.substr(edit.line.begin, edit.line.end - edit.line.begin);
    at = edit.clean.end;
  }
  return result.append(clean.substr(at));
}

}  // namespace
}  // namespace favras::seq2seq

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using namespace favras::seq2seq;
  if (size > 1024) return 0;
  fuzz::Input input(data, size);
  const std::u32string before = decode_utf8(input.line()), after = decode_utf8(input.rest());
  fuzz::require(edited(after, before, find_edits(after, before)) == after, "edits make the line");
  fuzz::require(apply_changes(before, find_changes(before, after)) == after, "changes make the line");
  return 0;
}
