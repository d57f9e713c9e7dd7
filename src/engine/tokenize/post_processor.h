// The post-processor of a tokenizer.json: which ids stand around a text or a pair of texts, what type ids they and the
// texts have, and whether spans leave out the white space of byte-level tokens.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace fovea::tokenize {

struct TemplatePart {
  enum class Kind : uint8_t { kFirst, kSecond, kToken };
  Kind kind = Kind::kToken;
  int32_t id = -1;  // of kToken
  int32_t type_id = 0;
};

struct PostProcessor {
  std::vector<TemplatePart> single{{TemplatePart::Kind::kFirst, -1, 0}};
  std::vector<TemplatePart> pair{{TemplatePart::Kind::kFirst, -1, 0}, {TemplatePart::Kind::kSecond, -1, 1}};
  bool trim_offsets = false;
  bool add_prefix_space = true;  // the first token's one leading space was not in the text

  size_t added(bool of_pair) const {
    size_t count = 0;
    for (const TemplatePart& part : of_pair ? pair : single) count += part.kind == TemplatePart::Kind::kToken;
    return count;
  }
  int64_t token_types() const {
    int32_t most = 0;
    for (const auto* how : {&single, &pair})
      for (const TemplatePart& part : *how) most = std::max(most, part.type_id);
    return int64_t{most} + 1;
  }
};

enum class TruncationSide : uint8_t { kRight, kLeft };
enum class TruncationStrategy : uint8_t { kLongestFirst, kOnlyFirst, kOnlySecond };

// The truncation of a tokenizer.json, for callers that cut to a number of tokens.
struct Truncation {
  TruncationSide side = TruncationSide::kRight;
  TruncationStrategy strategy = TruncationStrategy::kLongestFirst;
};

}  // namespace fovea::tokenize
