#include "door/wire/model_choice.h"

#include <gtest/gtest.h>

#include "door/wire/classification.h"
#include "door/wire/model_name.h"
#include "door/wire/stub_inference_test.h"
#include "door/wire/text_tokens.h"

namespace fovea::wire {
namespace {

using inference::Task;

TEST(ModelChoice, TheNamedOneTheUsualOneOrTheOnlyOne) {
  StubInference stub;
  EXPECT_EQ((*model_for(stub, "", "", {Task::kScore}))->info.name, "rank");
  EXPECT_EQ((*model_for(stub, "embed", "", {Task::kEmbedding}))->info.name, "embed");
  EXPECT_EQ(model_for(stub, "", "", {Task::kEmbedding}).error().code, Code::kInvalidArgument);  // two do it
  EXPECT_EQ(model_for(stub, "", "rank", {Task::kEmbedding}).error().code, Code::kInvalidArgument);
  EXPECT_EQ(model_for(stub, "", "nobody", kAnyTask).error().code, Code::kNotFound);
  EXPECT_EQ(model_for(stub, "", "../x", kAnyTask).error().code, Code::kInvalidArgument);
  EXPECT_TRUE(is_model_name("org/name-1.0:v@2"));
  EXPECT_FALSE(is_model_name("a/../b"));
}

TEST(ModelChoice, AnotherTaskIsNoMissingModel) {
  StubInference stub;
  EXPECT_EQ((*model_of_task(stub, "", {Task::kScore}))->info.name, "rank");
  EXPECT_EQ(model_of_task(stub, "", {Task::kEmbedding}).error().code, Code::kInvalidArgument) << "two do it";
  stub.keep_only("rank");
  EXPECT_EQ(model_of_task(stub, "rank", {Task::kEmbedding}).error().text(),
            "model: no model does embedding ('rank' does score)");
  EXPECT_EQ(model_of_task(stub, "", {Task::kEmbedding}).error().code, Code::kFailedPrecondition);
  stub.keep_only("");
  EXPECT_EQ(model_of_task(stub, "", {Task::kEmbedding}).error().code, Code::kNotFound) << "none serves";
}

TEST(TextTokens, HaveTheBytesThatTheyStandFor) {
  const StubTokenizer tokenizer;
  const auto all = text_tokens(tokenizer, "ab  c", true), words = text_tokens(tokenizer, "ab  c", false);
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].text, "[CLS]");
  EXPECT_TRUE(all[0].special);
  ASSERT_EQ(words.size(), 2U);
  EXPECT_EQ(words[1].text, "c");
  EXPECT_EQ(words[1].span, (tokenize::TokenSpan{4, 5}));
}

TEST(Classification, TheGreatestOfEachRow) {
  StubInference stub;
  const auto model = *stub.model("sentiment", "");
  const Tensor out =
      classified({"logits", Datatype::kFp32, {2, 3}, std::vector<float>{0, 2, 1, 3, 0, 0}}, 2, model->info);
  EXPECT_EQ(out.shape, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(std::get<std::vector<std::string>>(out.values),
            (std::vector<std::string>{"2.000000:1:neutral", "1.000000:2:positive", "3.000000:0:negative",
                                      "0.000000:1:neutral"}));
}

}  // namespace
}  // namespace fovea::wire
