#include <fovea/engine.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/models/text_encoder.h"
#include "engine/models/tiny_bert_folder.h"

namespace fovea::engine {
namespace {

using models::TinyBert;
using models::TinyBertFolder;

template <typename T>
std::vector<T> copied(std::span<const T> values) {
  return {values.begin(), values.end()};
}

TEST(Engine, EveryWayToGiveTextsIsTheSame) {
  const TinyBertFolder folder;
  const std::vector<std::string> texts{"where is my order", "安全 !", ""};
  const auto want = models::TextEncoder::create(folder.path()).value()->encode(texts).value();
  auto engine = Engine::open(folder.path(), {.threads = 2, .focus = true});
  ASSERT_TRUE(engine) << engine.error().text;
  const auto from_strings = engine->encode(texts);
  const auto from_list = engine->encode({"where is my order", "安全 !", ""});
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  const auto from_views = engine->encode(std::span(views));
  for (const auto* got : {&from_strings, &from_list, &from_views}) {
    ASSERT_TRUE(*got) << got->error().text;
    ASSERT_EQ((*got)->size(), 3u);
    for (size_t i = 0; i < 3; ++i) {
      const Answer answer = (**got)[i];
      EXPECT_EQ(copied(answer.values), want[i].values);
      EXPECT_EQ(copied(answer.ids), want[i].tokens.ids);
      EXPECT_EQ(answer.types.size(), answer.ids.size());
      EXPECT_EQ(answer.spans.size(), answer.ids.size());
      EXPECT_EQ(answer.focus.size(), answer.ids.size());
      EXPECT_EQ(answer.width, 24u);
      EXPECT_FALSE(answer.truncated);
    }
  }
}

TEST(Engine, IdsOfAPairGiveWhatThePairGives) {
  const TinyBertFolder folder(TinyBert{.labels = 2});
  auto engine = Engine::open(folder.path());
  ASSERT_TRUE(engine) << engine.error().text;
  const std::vector<Pair> pairs{{"my order", "is late"}, {"good", "not bad"}};
  const auto want = engine->encode_pairs(pairs);
  ASSERT_TRUE(want) << want.error().text;
  ASSERT_EQ(want->size(), 2u);
  const std::vector<Ids> ids{{(*want)[0].ids, (*want)[0].types}, {(*want)[1].ids, (*want)[1].types}};
  const auto got = engine->encode_ids(ids);
  ASSERT_TRUE(got) << got.error().text;
  for (size_t i = 0; i < 2; ++i) EXPECT_EQ(copied((*got)[i].values), copied((*want)[i].values));
  EXPECT_EQ((*want)[1].spans.size(), (*want)[1].ids.size());
  EXPECT_EQ((*want)[1].texts.front(), -1);
  EXPECT_EQ((*want)[1].texts[1], 0);
  EXPECT_TRUE((*got)[0].spans.empty());
  EXPECT_TRUE((*got)[0].texts.empty());
  EXPECT_TRUE((*got)[0].focus.empty());
}

TEST(Engine, DescribesTheModel) {
  const TinyBertFolder folder(TinyBert{.labels = 2});
  auto engine = Engine::open(folder.path(), {.precision = Precision::kBf16, .threads = 1});
  ASSERT_TRUE(engine) << engine.error().text;
  const Description is = engine->describe();
  EXPECT_EQ(is.model_type, "bert");
  EXPECT_EQ(is.output, Output::kSequenceLogits);
  EXPECT_EQ(is.precision, Precision::kBf16);
  EXPECT_EQ(is.threads, 1);
  EXPECT_EQ(is.labels, (std::vector<std::string>{"label 0", "label 1"}));
  EXPECT_EQ(is.tokens_max, 32u);
}

TEST(Engine, ErrorsSayWhatWhereAndHow) {
  const auto none = Engine::open("/nowhere");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::kNotFound);
  EXPECT_NE(none.error().text.find("/nowhere"), std::string::npos);
  const TinyBertFolder folder;
  auto engine = Engine::open(folder.path());
  const std::vector<int32_t> ids{2, 99, 3}, types{0};
  const std::vector<Ids> wrong{{std::span(ids).first(1)}, {ids}};
  EXPECT_EQ(engine->encode_ids(wrong).error().where, "sequence 1");
  const std::vector<Ids> uneven{{ids, types}};
  EXPECT_EQ(engine->encode_ids(uneven).error().code, Code::kInvalidArgument);
  EXPECT_EQ(Engine::open(folder.path(), {.threads = -1}).error().where, "options: threads");
}

TEST(Engine, IsMovedNotCopied) {
  const TinyBertFolder folder;
  auto opened = Engine::open(folder.path());
  Engine engine = *std::move(opened);
  auto answers = *engine.encode({"good"});
  const Answers moved = std::move(answers);
  EXPECT_EQ(moved[0].ids.size(), 3u);
  static_assert(!std::is_copy_constructible_v<Engine> && !std::is_copy_constructible_v<Answers>);
}

}  // namespace
}  // namespace fovea::engine
