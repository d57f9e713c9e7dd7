// Bytes up to the first NUL are a tokenizer.json, or the lines of a vocab.txt, or (with a space in the first) of a
// merges.txt; the rest is a text.
// Never a crash or a hang; ids in range, spans inside the text, and truncation keeps the first tokens.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/tokenize/tokenizer_folder.h"
#include "engine/tokenize/tokenizer_json.h"

using namespace fovea;
using namespace fovea::tokenize;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check(PipelineParts parts, std::string_view text) {
  const bool cuts_right = parts.truncation.side == TruncationSide::kRight;
  // Templates may leave the text out or repeat it.
  const bool plain = parts.post_processor.single.size() <= parts.post_processor.added(false) + 1;
  auto made = TextPipeline::create(std::move(parts));
  if (!made) return;
  const TextPipeline& tokenizer = **made;
  Encoding whole, cut;
  tokenizer.encode(text, SIZE_MAX, whole);
  require(whole.ids.size() == whole.spans.size() && whole.ids.size() == whole.type_ids.size());
  for (size_t i = 0; i < whole.ids.size(); ++i) {
    require(whole.ids[i] >= 0 && whole.ids[i] < tokenizer.vocabulary_size());
    require(whole.spans[i].begin <= text.size() && whole.spans[i].end <= text.size());
  }
  const size_t limit = tokenizer.special_tokens() + 5;
  tokenizer.encode(text, limit, cut);
  require(!plain || cut.ids.size() <= limit);
  if (cuts_right && plain)
    for (size_t i = 0; i < cut.ids.size() && i + tokenizer.special_tokens() < cut.ids.size(); ++i)
      require(cut.ids[i] == whole.ids[i]);
  tokenizer.encode_pair(text, text.substr(text.size() / 3), tokenizer.special_tokens(true) + 7, cut);
  require(cut.ids.size() == cut.spans.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string_view file = bytes.substr(0, bytes.find('\0'));
  const std::string_view text = bytes.substr(std::min(file.size() + 1, size));
  // One of the three for each input: making a tokenizer costs more than all that it then does.
  if (file.starts_with('{')) {
    if (auto made = read_tokenizer_json(file, Json())) check(std::move(made->parts), text);
    return 0;
  }
  if (file.substr(0, file.find('\n')).find(' ') == std::string_view::npos) {
    const std::string vocabulary = "[UNK]\n[CLS]\n[SEP]\n" + std::string(file);
    if (auto parts = parts_from_vocabulary(vocabulary, Json())) check(std::move(*parts), text);
    return 0;
  }
  constexpr std::string_view kPieces = R"({"a":0,"b":1,"ab":2,"Ġ":3,"Ġa":4,"<s>":5,"</s>":6,"ba":7,"bab":8,"aa":9})";
  if (auto parts = parts_from_merges(kPieces, file, Json())) check(std::move(*parts), text);
  return 0;
}
