#include "door/wire/decoded_text.h"

#include <gtest/gtest.h>

#include "door/wire/limits.h"
#include "door/wire/stub_inference_test.h"

namespace fovea::wire {
namespace {

// Reads texts and writes none.
class Reader final : public tokenize::Tokenizer {
 public:
  void encode(std::string_view, size_t, tokenize::Encoding&) const override {}
  void encode_pair(std::string_view, std::string_view, size_t, tokenize::Encoding&) const override {}
  size_t special_tokens(bool) const override { return 0; }
  int64_t vocabulary_size() const override { return 1; }
  int64_t token_types() const override { return 1; }
  int32_t id_of(std::string_view) const override { return -1; }
  bool lowercase() const override { return false; }
};

TEST(DecodedText, ByTheModelsTokenizerUpToTheLimit) {
  const StubTokenizer tokenizer;
  inference::Model model;
  EXPECT_EQ(decoded_text(model, {}, true).error().code, Code::kInvalidArgument);
  model.tokenizer = &tokenizer;
  const std::vector<int32_t> ids = {1, 20, 2};
  EXPECT_EQ(decoded_text(model, ids, true).value(), "w20");
  EXPECT_EQ(decoded_text(model, ids, false).value(), "[CLS] w20 [SEP]");
  std::vector<int32_t> most(kDecodedIdsMax, 1);
  EXPECT_EQ(decoded_text(model, most, true).value(), "");
  most.push_back(1);
  EXPECT_EQ(decoded_text(model, most, true).error().where, "ids");
  const Reader reader;
  model.tokenizer = &reader;
  EXPECT_EQ(decoded_text(model, ids, true).error().code, Code::kUnimplemented);
}

}  // namespace
}  // namespace fovea::wire
