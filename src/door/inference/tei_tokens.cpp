#include "door/inference/tei_tokens.h"

#include <fmt/format.h>

#include "base/json.h"
#include "door/wire/text_tokens.h"

namespace fovea::wire {

std::string tokens_text(const tokenize::Tokenizer& tokenizer, std::string_view text, bool special) {
  std::string out = "[";
  for (const TextToken& each : text_tokens(tokenizer, text, special)) {
    if (out.size() > 1) out += ',';
    out += fmt::format(R"({{"id":{},"text":{},"special":{},)", each.id, quoted_text(each.text), each.special);
    out += each.special ? R"("start":null,"stop":null})"
                        : fmt::format(R"("start":{},"stop":{}}})", each.span.begin, each.span.end);
  }
  return out + "]";
}

}  // namespace fovea::wire
