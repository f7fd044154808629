// vocabulary.json.
#include <stdexcept>

#include "apps/seq2seq/data/utf8.h"
#include "apps/seq2seq/data/vocabulary.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  using seq2seq::Vocabulary;
  const std::string_view text = fuzz::Input(data, size).rest();
  const auto vocabulary =
      fuzz::parsed<std::runtime_error>([&] { return Vocabulary::from_json(text); }, "vocabulary");
  if (!vocabulary) return 0;
  const std::u32string& characters = vocabulary->characters();
  fuzz::require(Vocabulary::from_json(vocabulary->to_json()).characters() == characters,
                "a written vocabulary is read as the same");
  const std::vector<std::int32_t> ids = vocabulary->encode(std::u32string_view(characters));
  for (std::size_t i = 0; i < ids.size(); ++i)
    fuzz::require(ids[i] == static_cast<std::int32_t>(i) + seq2seq::kSpecialTokens, "ids are in order");
  fuzz::require(vocabulary->decode(ids) == seq2seq::encode_utf8(characters),
                "ids stand for their characters");
  vocabulary->decode(vocabulary->encode(text));
  return 0;
}
