#include "engine/tokenize/added_tokens.h"

#include <algorithm>

#include "engine/tokenize/aligned_text.h"

namespace fovea::tokenize {

AddedTokens::AddedTokens(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
  std::vector<std::pair<std::string, int32_t>> texts;
  for (const AddedToken& token : tokens_) {
    if (token.text.empty()) continue;
    texts.emplace_back(token.text, static_cast<int32_t>(&token - tokens_.data()));
    starts_[static_cast<unsigned char>(token.text[0])] = true;
  }
  trie_ = ByteTrie(texts);
}

const AddedToken* AddedTokens::longest_at(std::string_view text, size_t at, size_t& end) const {
  const AddedToken* found = nullptr;
  const ByteTrie::Node* node = &trie_.root();
  while (at < text.size() && (node = trie_.child(*node, text[at]))) {
    ++at;
    if (node->value < 0) continue;
    found = &tokens_[static_cast<size_t>(node->value)];
    end = at;
  }
  return found;
}

bool AddedTokens::widen(std::string_view text, const AddedToken& token, size_t from, size_t& begin, size_t& end) const {
  const auto before = [&](size_t at) {  // the character that ends at `at`
    do --at;
    while (at > 0 && continues_utf8(text[at]));
    return at;
  };
  const auto is = [&](size_t at, uint32_t trait) { return points_.has(next_code_point(text, at), trait); };
  if (token.single_word && ((begin > 0 && is(before(begin), kWordPart)) || (end < text.size() && is(end, kWordPart))))
    return false;
  if (token.lstrip)
    while (begin > from && is(before(begin), kSpace)) begin = before(begin);
  if (token.rstrip)
    while (end < text.size() && is(end, kSpace)) end += utf8_length(text[end]);
  return true;
}

}  // namespace fovea::tokenize
