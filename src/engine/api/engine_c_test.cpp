#include <fovea/engine_c.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "engine/api/limits.h"
#include "engine/models/text_encoder.h"
#include "engine/models/tiny_bert_folder.h"

namespace fovea::api {
namespace {

using models::TinyBert;
using models::TinyBertFolder;

const std::vector<std::string> kTexts = {"where is my order", "", "refund refund late!", "安全 is good"};

std::vector<fovea_text> views(const std::vector<std::string>& texts) {
  std::vector<fovea_text> views;
  for (const std::string& text : texts) views.push_back({text.data(), text.size()});
  return views;
}

class EngineC : public ::testing::Test {
 protected:
  ~EngineC() override {
    fovea_answers_free(answers_);
    fovea_error_free(error_);
    fovea_engine_close(engine_);
  }
  void open(const std::string& folder, const fovea_engine_options* options = nullptr) {
    ASSERT_EQ(fovea_engine_open(folder.c_str(), options, &engine_, &error_), FOVEA_CODE_OK) << error_text();
  }
  fovea_code encode(const std::vector<std::string>& texts) {
    free_last();
    const auto given = views(texts);
    return fovea_engine_encode(engine_, given.data(), given.size(), &answers_, &error_);
  }
  fovea_code encode_ids(const std::vector<int32_t>& ids, const std::vector<int32_t>& types = {}) {
    free_last();
    const fovea_ids given{ids.data(), types.empty() ? nullptr : types.data(), ids.size()};
    return fovea_engine_encode_ids(engine_, &given, 1, &answers_, &error_);
  }
  fovea_answer answer(size_t index) const {
    fovea_answer answer = FOVEA_ANSWER_INIT;
    EXPECT_EQ(fovea_answers_get(answers_, index, &answer), FOVEA_CODE_OK);
    return answer;
  }
  std::string error_text() const { return fovea_error_text(error_); }
  void free_last() {
    fovea_answers_free(answers_);
    fovea_error_free(error_);
    answers_ = nullptr;
    error_ = nullptr;
  }

  fovea_engine* engine_ = nullptr;
  fovea_answers* answers_ = nullptr;
  fovea_error* error_ = nullptr;
};

TEST_F(EngineC, TextsGiveWhatTheTextEncoderGives) {
  const TinyBertFolder folder;
  for (int32_t precision : {FOVEA_PRECISION_FP32, FOVEA_PRECISION_BF16, FOVEA_PRECISION_INT8}) {
    fovea_engine_close(engine_);
    fovea_engine_options options = FOVEA_ENGINE_OPTIONS_INIT;
    options.precision = precision;
    options.threads = 2;
    options.focus = 1;
    open(folder.path(), &options);
    models::TextEncoderOptions same{.workers = 1, .focus = true};
    same.load.precision = static_cast<kernels::Precision>(precision - FOVEA_PRECISION_FP32);
    const auto want = models::TextEncoder::create(folder.path(), same).value()->encode(kTexts).value();
    ASSERT_EQ(encode(kTexts), FOVEA_CODE_OK) << error_text();
    EXPECT_EQ(error_, nullptr);
    ASSERT_EQ(fovea_answers_count(answers_), kTexts.size());
    for (size_t i = 0; i < kTexts.size(); ++i) {
      const fovea_answer got = answer(i);
      EXPECT_EQ(got.rows, 1u);
      EXPECT_EQ(got.width, 24u);
      EXPECT_EQ(std::vector<float>(got.values, got.values + got.width), want[i].values);
      EXPECT_EQ(std::vector<int32_t>(got.ids, got.ids + got.tokens), want[i].tokens.ids);
      EXPECT_EQ(std::vector<float>(got.focus, got.focus + got.tokens), want[i].focus);
      for (size_t t = 0; t < got.tokens; ++t) {
        EXPECT_EQ(got.spans[t].begin, want[i].tokens.spans[t].begin);
        EXPECT_EQ(got.spans[t].end, want[i].tokens.spans[t].end);
        EXPECT_EQ(got.types[t], 0);
      }
    }
    free_last();
  }
}

TEST_F(EngineC, IdsGiveWhatTheirTextGives) {
  const TinyBertFolder folder;
  open(folder.path());
  ASSERT_EQ(encode({kTexts[0]}), FOVEA_CODE_OK);
  const fovea_answer text = answer(0);
  const std::vector<int32_t> ids(text.ids, text.ids + text.tokens);
  const std::vector<float> want(text.values, text.values + text.width);
  ASSERT_EQ(encode_ids(ids), FOVEA_CODE_OK) << error_text();
  const fovea_answer got = answer(0);
  EXPECT_EQ(std::vector<float>(got.values, got.values + got.width), want);
  EXPECT_EQ(got.spans, nullptr);
  EXPECT_EQ(got.focus, nullptr);
}

TEST_F(EngineC, APairIsReadWithItsTypes) {
  const TinyBertFolder folder(TinyBert{.labels = 2});
  open(folder.path());
  const fovea_text first{"my order", 8}, second{"is late", 7};
  ASSERT_EQ(fovea_engine_encode_pairs(engine_, &first, &second, 1, &answers_, &error_), FOVEA_CODE_OK);
  const fovea_answer pair = answer(0);
  ASSERT_EQ(pair.tokens, 7u);  // [CLS] my order [SEP] is late [SEP]
  EXPECT_EQ(std::vector<int32_t>(pair.types, pair.types + 7), (std::vector<int32_t>{0, 0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(std::vector<int8_t>(pair.texts, pair.texts + 7), (std::vector<int8_t>{-1, 0, 0, -1, 1, 1, -1}));
  EXPECT_EQ(pair.spans[2].begin, 3u);  // "order" of "my order"
  EXPECT_EQ(pair.spans[2].end, 8u);
  EXPECT_EQ(pair.spans[4].begin, 0u);  // "is" of "is late"
  EXPECT_EQ(pair.spans[5].end, 7u);
  fovea_answer of_version_1 = FOVEA_ANSWER_INIT;
  of_version_1.struct_size = offsetof(fovea_answer, texts);
  ASSERT_EQ(fovea_answers_get(answers_, 0, &of_version_1), FOVEA_CODE_OK);
  EXPECT_EQ(of_version_1.spans, nullptr);
  EXPECT_EQ(of_version_1.texts, nullptr);
  const std::vector<int32_t> ids(pair.ids, pair.ids + 7), types(pair.types, pair.types + 7);
  const std::vector<float> want(pair.values, pair.values + pair.width);
  ASSERT_EQ(encode_ids(ids, types), FOVEA_CODE_OK);
  EXPECT_EQ(std::vector<float>(answer(0).values, answer(0).values + 2), want);
  ASSERT_EQ(encode_ids(ids), FOVEA_CODE_OK);
  EXPECT_NE(std::vector<float>(answer(0).values, answer(0).values + 2), want);
}

TEST_F(EngineC, DescribesTheModel) {
  const TinyBertFolder folder(TinyBert{.labels = 3});
  fovea_engine_options options = FOVEA_ENGINE_OPTIONS_INIT;
  options.threads = 2;
  options.precision = FOVEA_PRECISION_INT8;
  open(folder.path(), &options);
  fovea_engine_description is = {};
  EXPECT_EQ(fovea_engine_describe(engine_, &is), FOVEA_CODE_INVALID_ARGUMENT);
  is.struct_size = sizeof is;
  ASSERT_EQ(fovea_engine_describe(engine_, &is), FOVEA_CODE_OK);
  EXPECT_STREQ(is.model_type, "bert");
  EXPECT_EQ(is.output, FOVEA_OUTPUT_SEQUENCE_LOGITS);
  EXPECT_EQ(is.precision, FOVEA_PRECISION_INT8);
  EXPECT_EQ(is.threads, 2);
  EXPECT_EQ(is.width, 3u);
  EXPECT_EQ(is.labels, 3u);
  EXPECT_EQ(is.tokens_max, 32u);
  EXPECT_EQ(is.vocabulary, TinyBertFolder::pieces().size());
  EXPECT_EQ(is.token_types, 2u);
  EXPECT_NE(std::strlen(is.isa), 0u);
  EXPECT_STREQ(fovea_engine_label(engine_, 2), "label 2");
  EXPECT_EQ(fovea_engine_label(engine_, 3), nullptr);
  EXPECT_EQ(fovea_engine_c_version(), FOVEA_ENGINE_C_VERSION);
  EXPECT_STREQ(fovea_engine_version(), "0.1.0");
}

TEST_F(EngineC, TheFastestIsNotInt8WithoutAVerdict) {
  const TinyBertFolder folder;
  fovea_engine_options options = FOVEA_ENGINE_OPTIONS_INIT;
  options.precision = FOVEA_PRECISION_FASTEST;
  open(folder.path(), &options);
  fovea_engine_description is = {};
  is.struct_size = sizeof is;
  ASSERT_EQ(fovea_engine_describe(engine_, &is), FOVEA_CODE_OK);
  EXPECT_TRUE(is.precision == FOVEA_PRECISION_FP32 || is.precision == FOVEA_PRECISION_BF16) << is.precision;
}

TEST_F(EngineC, ALongTextIsCutAndSaysSo) {
  const TinyBertFolder folder;
  open(folder.path());
  std::string text;
  for (int i = 0; i < 40; ++i) text += "good ";
  ASSERT_EQ(encode({text, "good"}), FOVEA_CODE_OK);
  EXPECT_EQ(answer(0).tokens, 32u);
  EXPECT_NE(answer(0).truncated, 0);
  EXPECT_EQ(answer(1).truncated, 0);
}

TEST_F(EngineC, SeveralThreadsTakeTurns) {
  const TinyBertFolder folder;
  open(folder.path());
  ASSERT_EQ(encode(kTexts), FOVEA_CODE_OK);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      const auto given = views(kTexts);
      for (int round = 0; round < 20; ++round) {
        fovea_answers* own = nullptr;
        ASSERT_EQ(fovea_engine_encode(engine_, given.data(), given.size(), &own, nullptr), FOVEA_CODE_OK);
        fovea_answer got = FOVEA_ANSWER_INIT;
        ASSERT_EQ(fovea_answers_get(own, 2, &got), FOVEA_CODE_OK);
        EXPECT_EQ(std::memcmp(got.values, answer(2).values, got.width * sizeof(float)), 0);
        fovea_answers_free(own);
      }
    });
  for (std::thread& thread : threads) thread.join();
}

TEST_F(EngineC, NothingInNothingOut) {
  const TinyBertFolder folder;
  open(folder.path());
  ASSERT_EQ(fovea_engine_encode(engine_, nullptr, 0, &answers_, &error_), FOVEA_CODE_OK) << error_text();
  EXPECT_EQ(fovea_answers_count(answers_), 0u);
  free_last();
  const fovea_text empty{nullptr, 0};
  ASSERT_EQ(fovea_engine_encode(engine_, &empty, 1, &answers_, &error_), FOVEA_CODE_OK) << error_text();
  EXPECT_EQ(answer(0).tokens, 2u);
}

TEST_F(EngineC, AFolderThatIsNoneSaysWhere) {
  EXPECT_EQ(fovea_engine_open("/nowhere/at/all", nullptr, &engine_, &error_), FOVEA_CODE_NOT_FOUND);
  EXPECT_EQ(engine_, nullptr);
  EXPECT_EQ(fovea_error_code(error_), FOVEA_CODE_NOT_FOUND);
  EXPECT_NE(std::string(fovea_error_where(error_)).find("/nowhere/at/all"), std::string::npos);
  EXPECT_NE(error_text().find(fovea_error_message(error_)), std::string::npos);
  EXPECT_EQ(fovea_engine_open("/nowhere/at/all", nullptr, &engine_, nullptr), FOVEA_CODE_NOT_FOUND);
}

TEST_F(EngineC, OptionsThatAreNoneAreRefused) {
  const TinyBertFolder folder;
  const auto refused = [&](fovea_engine_options options, std::string_view where) {
    free_last();
    EXPECT_EQ(fovea_engine_open(folder.path().c_str(), &options, &engine_, &error_), FOVEA_CODE_INVALID_ARGUMENT);
    EXPECT_EQ(engine_, nullptr);
    EXPECT_EQ(fovea_error_where(error_), where);
  };
  refused({}, "options");
  fovea_engine_options options = FOVEA_ENGINE_OPTIONS_INIT;
  options.precision = FOVEA_PRECISION_FASTEST + 1;
  refused(options, "options: precision");
  options.precision = 0;
  options.threads = -1;
  refused(options, "options: threads");
  options.threads = kThreadsMax + 1;
  refused(options, "options: threads");
}

TEST_F(EngineC, WhatIsNoInputIsRefused) {
  const TinyBertFolder folder;
  EXPECT_EQ(fovea_engine_open(nullptr, nullptr, &engine_, &error_), FOVEA_CODE_INVALID_ARGUMENT);
  free_last();
  EXPECT_EQ(fovea_engine_open(folder.path().c_str(), nullptr, nullptr, &error_), FOVEA_CODE_INVALID_ARGUMENT);
  free_last();
  const fovea_text text{"a", 1};
  EXPECT_EQ(fovea_engine_encode(nullptr, &text, 1, &answers_, &error_), FOVEA_CODE_INVALID_ARGUMENT);
  free_last();
  open(folder.path());
  EXPECT_EQ(fovea_engine_encode(engine_, nullptr, 1, &answers_, &error_), FOVEA_CODE_INVALID_ARGUMENT);
  free_last();
  const fovea_text wild{nullptr, 1}, huge{"a", kTextBytesMax + 1};
  const std::vector<fovea_text> second_wild{text, wild}, second_huge{text, huge};
  EXPECT_EQ(fovea_engine_encode(engine_, second_wild.data(), 2, &answers_, &error_), FOVEA_CODE_INVALID_ARGUMENT);
  EXPECT_STREQ(fovea_error_where(error_), "text 1");
  free_last();
  EXPECT_EQ(fovea_engine_encode(engine_, second_huge.data(), 2, &answers_, &error_), FOVEA_CODE_INVALID_ARGUMENT);
  free_last();
  EXPECT_EQ(fovea_engine_encode(engine_, &text, kTextsMax + 1, &answers_, &error_), FOVEA_CODE_INVALID_ARGUMENT);
  free_last();
  EXPECT_EQ(encode_ids({2, 22, 3}), FOVEA_CODE_INVALID_ARGUMENT);
  EXPECT_STREQ(fovea_error_where(error_), "sequence 0");
  EXPECT_EQ(encode_ids({2, -1, 3}), FOVEA_CODE_INVALID_ARGUMENT);
  EXPECT_EQ(encode_ids({2, 3}, {0, 2}), FOVEA_CODE_INVALID_ARGUMENT);
  EXPECT_EQ(encode_ids(std::vector<int32_t>(33, 2)), FOVEA_CODE_INVALID_ARGUMENT);
  EXPECT_EQ(answers_, nullptr);
  fovea_answer answer = FOVEA_ANSWER_INIT;
  EXPECT_EQ(fovea_answers_get(nullptr, 0, &answer), FOVEA_CODE_INVALID_ARGUMENT);
  ASSERT_EQ(encode({"a"}), FOVEA_CODE_OK);
  EXPECT_EQ(fovea_answers_get(answers_, 1, &answer), FOVEA_CODE_OUT_OF_RANGE);
}

TEST_F(EngineC, WithoutATokenizerTakesIdsAlone) {
  const TinyBertFolder folder;
  std::filesystem::remove(folder.path() + "/vocab.txt");
  fovea_engine_options options = FOVEA_ENGINE_OPTIONS_INIT;
  options.ids_only = 1;
  open(folder.path(), &options);
  EXPECT_EQ(encode({"a"}), FOVEA_CODE_FAILED_PRECONDITION);
  EXPECT_EQ(encode_ids({2, 5, 3}), FOVEA_CODE_OK);
}

}  // namespace
}  // namespace fovea::api
