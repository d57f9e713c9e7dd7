// The first half of the input is a vocabulary, the rest a text: never a crash; ids in range, spans inside the text, and
// truncation keeps the first tokens.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/tokenize/tokenizer_folder.h"

using namespace fovea;
using namespace fovea::tokenize;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const WordPiece& tokenizer, std::string_view text) {
  Encoding whole, cut;
  tokenizer.encode(text, 100'000, whole);
  tokenizer.encode(text, 8, cut);
  require(whole.ids.size() == whole.spans.size() && cut.ids.size() <= 8);
  for (size_t i = 0; i < whole.ids.size(); ++i) {
    require(whole.ids[i] >= 0 && whole.ids[i] < tokenizer.vocabulary_size());
    require(whole.spans[i].begin <= whole.spans[i].end && whole.spans[i].end <= text.size());
  }
  for (size_t i = 0; i + 1 < cut.ids.size(); ++i) require(cut.ids[i] == whole.ids[i]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto setup = setup_from_tokenizer_json(bytes, Json())) (void)WordPiece::create(std::move(*setup));
  const size_t half = size / 2;
  const std::string vocabulary = "[UNK]\n[CLS]\n[SEP]\n" + std::string(bytes.substr(0, half));
  for (const bool lower : {true, false}) {
    auto setup = setup_from_vocabulary(vocabulary, JsonObject{{"do_lower_case", lower}});
    if (!setup) continue;
    if (auto tokenizer = WordPiece::create(std::move(*setup))) check(**tokenizer, bytes.substr(half));
  }
  return 0;
}
