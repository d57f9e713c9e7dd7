#include "door/inference/tei_tokens.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/utf8.h"
#include "door/inference/limits.h"

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

std::string tokens_text(const tokenize::Tokenizer& tokenizer, std::string_view text, bool special) {
  tokenize::Encoding encoding;
  tokenizer.encode(text, kElementsMax, encoding);
  std::string out = "[";
  for (size_t i = 0; i < encoding.ids.size(); ++i) {
    const bool around = encoding.texts[i] == tokenize::kNoText;
    if (around && !special) continue;
    if (out.size() > 1) out += ',';
    const tokenize::TokenSpan span = encoding.spans[i];
    const std::string piece = around ? std::string(special_name(tokenizer, encoding.ids[i]))
                                     : repair_utf8(text.substr(span.begin, span.end - span.begin));
    out += fmt::format(R"({{"id":{},"text":{},"special":{},)", encoding.ids[i], quoted_text(piece), around);
    out += around ? R"("start":null,"stop":null})" : fmt::format(R"("start":{},"stop":{}}})", span.begin, span.end);
  }
  return out + "]";
}

}  // namespace fovea::wire
