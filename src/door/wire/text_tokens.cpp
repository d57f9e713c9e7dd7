#include "door/wire/text_tokens.h"

#include "base/utf8.h"
#include "door/wire/limits.h"

namespace fovea::wire {
namespace {

// The tokens that stand around texts have these names in every vocabulary that has them.
std::string_view special_name(const tokenize::Tokenizer& tokenizer, int32_t id) {
  for (const std::string_view name : {"[CLS]", "[SEP]", "<s>", "</s>", "<|endoftext|>", "<bos>", "<eos>"}) {
    if (tokenizer.id_of(name) == id) return name;
  }
  return "";
}

}  // namespace

std::vector<TextToken> text_tokens(const tokenize::Tokenizer& tokenizer, std::string_view text, bool special) {
  tokenize::Encoding encoding;
  tokenizer.encode(text, kElementsMax, encoding);
  std::vector<TextToken> out;
  for (size_t i = 0; i < encoding.ids.size(); ++i) {
    const bool around = encoding.texts[i] == tokenize::kNoText;
    if (around && !special) continue;
    const tokenize::TokenSpan span = encoding.spans[i];
    std::string piece = around ? std::string(special_name(tokenizer, encoding.ids[i]))
                               : repair_utf8(text.substr(span.begin, span.end - span.begin));
    out.push_back({encoding.ids[i], std::move(piece), around, span});
  }
  return out;
}

}  // namespace fovea::wire
