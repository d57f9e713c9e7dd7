#include "serve/inference/backend.h"

#include <algorithm>

#include "serve/inference/limits.h"
#include "serve/schedule/limits.h"

namespace fovea::inference {
namespace {

// One for every 4 bytes, what tokenizers of large vocabularies make of English.
int64_t guessed_tokens(const Text& text) {
  return static_cast<int64_t>(text.first.size() + text.second.size()) / 4 + 1;
}

}  // namespace

int64_t Item::tokens() const {
  if (text) return guessed_tokens(*text);
  if (feed.tensors.empty()) return static_cast<int64_t>(ids.size());
  int64_t elements = 0;
  for (const Tensor& each : feed.tensors) {
    const size_t width = std::max<size_t>(datatype_bytes(each.datatype), 1);
    elements += static_cast<int64_t>(each.bytes.size() / width);
  }
  return std::clamp<int64_t>(elements / kElementsAToken, 1, schedule::kTokensEachMax);
}

size_t Item::bytes() const {
  size_t sum = sizeof(Item) + ids.size() * 8 + (text ? text->first.size() + text->second.size() : 0);
  for (const Tensor& each : feed.tensors) sum += sizeof(Tensor) + each.bytes.size();
  return sum + ids.size() * static_cast<size_t>(token_width) * sizeof(float);
}

Result<Item> Backend::read(Feed, const std::string& where) const {
  return fail(Code::kUnimplemented, "the model takes texts or token ids, no tensors", where);
}

}  // namespace fovea::inference
