#include "door/wire/decoded_text.h"

#include <fmt/format.h>

#include "door/wire/limits.h"
#include "engine/tokenize/text_decoder.h"

namespace fovea::wire {

Result<std::string> decoded_text(const inference::Model& model, std::span<const int32_t> ids, bool skip_special) {
  if (!model.tokenizer) return fail(Code::kInvalidArgument, "the model has no tokenizer", "model");
  const auto* decoder = dynamic_cast<const tokenize::TextDecoder*>(model.tokenizer);
  if (!decoder) return fail(Code::kUnimplemented, "the model's tokenizer writes no texts", "model");
  if (ids.size() > kDecodedIdsMax) {
    return fail(Code::kInvalidArgument, fmt::format("has {} ids", ids.size()), "ids",
                fmt::format("at most {}", kDecodedIdsMax));
  }
  return decoder->decode(ids, skip_special);
}

}  // namespace fovea::wire
