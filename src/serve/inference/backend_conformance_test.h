// What every backend must keep to, whatever it computes with: expect_conforms() is called for each of them, with what
// the backend says of itself. The port's promises, as checks.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "serve/inference/backend.h"
#include "serve/inference/remote_backend.h"

namespace fovea::inference {

struct Conforming {
  bool ids = true;       // it reads token ids
  float tolerance = 0;   // between the same text alone and among others; 0: to the bit
  bool computes = true;  // false: rows follow from the length alone (the null model)
};

class Conformance {
 public:
  Conformance(const Backend& backend, const Conforming& conforming) : backend_(backend), conforming_(conforming) {}

  void run_all() {
    describes_itself();
    answers_have_their_width();
    an_answer_depends_on_its_own_item();
    rows_of_all_tokens_change_nothing_else();
    runs_from_many_threads();
    refuses_what_it_cannot_read();
    a_pause_that_fails_ends_the_run();
    nothing_in_nothing_out();
  }

 private:
  Text text_of(const std::string& text) const {
    const bool pair = backend_.model().info.task == Task::kScore;
    return {pair ? "which one" : text, pair ? text : "", pair};
  }
  std::vector<Item> items_of(const std::vector<std::string>& texts) const {
    std::vector<Item> items;
    for (const std::string& text : texts) {
      auto item = backend_.read(text_of(text), true, "inputs");
      EXPECT_TRUE(item) << text << ": " << item.error().text();
      if (!item) continue;
      EXPECT_GE(item->tokens(), text.empty() && conforming_.ids ? 0 : 1) << text;
      items.push_back(std::move(*item));
    }
    return items;
  }
  Result<std::vector<Answer>> answers_of(const std::vector<Item>& items,
                                         std::function<Result<void>()> pause = {}) const {
    tensor::Arena arena;
    std::vector<const Item*> from;
    std::vector<Answer> answers(items.size());
    std::vector<Answer*> to;
    for (const Item& item : items) from.push_back(&item);
    for (Answer& answer : answers) to.push_back(&answer);
    FOVEA_OK(backend_.run({from, to, arena, std::move(pause)}));
    return answers;
  }
  std::vector<Answer> answered(const std::vector<std::string>& texts) const {
    auto answers = answers_of(items_of(texts));
    EXPECT_TRUE(answers) << answers.error().text();
    return answers ? std::move(*answers) : std::vector<Answer>(texts.size());
  }
  void expect_same(const Answer& a, const Answer& b, const std::string& what) const {
    ASSERT_EQ(a.values.size(), b.values.size()) << what;
    for (size_t i = 0; i < a.values.size(); ++i) EXPECT_NEAR(a.values[i], b.values[i], conforming_.tolerance) << what;
  }

  void describes_itself() const {
    const ModelInfo& info = backend_.model().info;
    EXPECT_FALSE(info.name.empty());
    EXPECT_FALSE(info.version.empty());
    EXPECT_FALSE(info.architecture.empty());
    EXPECT_EQ(info.digest.size(), 64u);
    EXPECT_GE(info.width, 1);
    EXPECT_GE(info.tokens_max, 1);
    EXPECT_GE(backend_.steps(), 1);
    if (info.task == Task::kClassification) {
      EXPECT_EQ(info.labels.size(), static_cast<size_t>(info.width));
    }
    EXPECT_TRUE(backend_.model().reads_texts());
    if (const RemoteBackend* remote = backend_.remote()) {
      EXPECT_GE(remote->bounds().in_flight, 1u);
      EXPECT_EQ(backend_.steps(), 1);
      EXPECT_EQ(backend_.model().tokenizer, nullptr);
      const std::vector<Item> items = items_of(kTexts);
      const size_t fits = remote->fits(items);
      EXPECT_GE(fits, 1u);
      EXPECT_LE(fits, items.size());
    }
  }

  void answers_have_their_width() const {
    const std::vector<Answer> answers = answered(kTexts);
    ASSERT_EQ(answers.size(), kTexts.size());
    for (size_t i = 0; i < answers.size(); ++i) {
      EXPECT_EQ(answers[i].values.size(), static_cast<size_t>(backend_.model().info.width)) << kTexts[i];
      EXPECT_TRUE(std::ranges::all_of(answers[i].values, [](float each) { return std::isfinite(each); })) << kTexts[i];
    }
  }

  void an_answer_depends_on_its_own_item() const {
    const std::vector<Answer> together = answered(kTexts);
    std::vector<std::string> turned(kTexts.rbegin(), kTexts.rend());
    const std::vector<Answer> back = answered(turned);
    bool differ = false;
    for (size_t i = 0; i < kTexts.size(); ++i) {
      expect_same(answered({kTexts[i]})[0], together[i], kTexts[i] + " alone");
      expect_same(back[kTexts.size() - 1 - i], together[i], kTexts[i] + " turned round");
      differ = differ || together[i].values != together[0].values;
    }
    EXPECT_TRUE(differ || !conforming_.computes) << "every text has the same answer";
  }

  // Every other item's rows are wanted: each answer is what it is alone.
  void rows_of_all_tokens_change_nothing_else() const {
    const int64_t width = backend_.model().info.token_width;
    if (width == 0) return;
    ASSERT_EQ(backend_.model().info.task, Task::kEmbedding);
    std::vector<Item> items = items_of(kTexts);
    const std::vector<Answer> pooled = answered(kTexts);
    for (size_t first : {0, 1}) {
      for (size_t i = 0; i < items.size(); ++i) items[i].token_width = i % 2 == first ? width : 0;
      const auto mixed = answers_of(items);
      ASSERT_TRUE(mixed) << mixed.error().text();
      for (size_t i = 0; i < items.size(); ++i) {
        const Answer& answer = (*mixed)[i];
        EXPECT_EQ(answer.tokens, items[i].ids.size());
        if (i % 2 != first) {
          expect_same(answer, pooled[i], kTexts[i] + " pooled beside rows");
          continue;
        }
        EXPECT_EQ(answer.values.size(), items[i].ids.size() * static_cast<size_t>(width)) << kTexts[i];
        const auto alone = answers_of({items[i]});
        ASSERT_TRUE(alone);
        expect_same(answer, (*alone)[0], kTexts[i] + ", all its rows");
      }
    }
  }

  void runs_from_many_threads() const {
    const std::vector<Answer> want = answered(kTexts);
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int round = 0; round < 4; ++round) {
          const size_t i = static_cast<size_t>(t + round) % kTexts.size();
          const auto item = backend_.read(text_of(kTexts[i]), true, "inputs");
          if (!item) {
            ++wrong;
            continue;
          }
          const auto answers = answers_of({*item});
          if (!answers || answers->size() != 1 || (*answers)[0].values.size() != want[i].values.size()) {
            ++wrong;
            continue;
          }
          for (size_t k = 0; k < want[i].values.size(); ++k)
            wrong += std::abs((*answers)[0].values[k] - want[i].values[k]) > conforming_.tolerance;
        }
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
  }

  void refuses_what_it_cannot_read() const {
    const ModelInfo& info = backend_.model().info;
    if (!info.pairs) {
      const auto pair = backend_.read(Text{"a", "b", true}, true, "inputs[3]");
      if (!pair) {
        EXPECT_TRUE(pair.error().code == Code::kInvalidArgument || pair.error().code == Code::kUnimplemented);
        EXPECT_EQ(pair.error().where, "inputs[3]");
      } else {
        EXPECT_TRUE(backend_.model().tokenizer) << "a remote model must say that it reads no pairs";
      }
    }
    const std::string too_long(static_cast<size_t>(16) << 20, 'a');
    const auto uncut = backend_.read(Text{too_long + " b", too_long, info.task == Task::kScore}, false, "inputs[4]");
    ASSERT_FALSE(uncut);
    EXPECT_EQ(uncut.error().code, Code::kOutOfRange);
    EXPECT_EQ(uncut.error().where, "inputs[4]");
    const auto ids = backend_.read(Ids{{1, 2}, {}}, "inputs[5]");
    EXPECT_EQ(ids.has_value(), conforming_.ids);
    if (!ids) {
      EXPECT_EQ(ids.error().code, Code::kUnimplemented);
      EXPECT_EQ(ids.error().where, "inputs[5]");
    }
    if (!conforming_.ids) return;
    const auto over = backend_.read(Ids{std::vector<int32_t>(static_cast<size_t>(info.tokens_max) + 1, 1), {}}, "i");
    ASSERT_FALSE(over);
    EXPECT_TRUE(over.error().code == Code::kOutOfRange || over.error().code == Code::kInvalidArgument);
  }

  void a_pause_that_fails_ends_the_run() const {
    if (backend_.steps() == 1) return;
    int pauses = 0;
    const std::vector<Item> items = items_of({"some words"});
    EXPECT_TRUE(answers_of(items, [&]() -> Result<void> {
      ++pauses;
      return {};
    }));
    EXPECT_GE(pauses, 1);
    EXPECT_LE(pauses, backend_.steps());
    const auto stopped = answers_of(items, [] { return fail(Code::kCancelled, "enough"); });
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().message, "enough");
  }

  void nothing_in_nothing_out() const {
    const auto none = answers_of({});
    EXPECT_TRUE(none) << none.error().text();
  }

  inline static const std::vector<std::string> kTexts = {
      "the cat sat", "dog", "Grüße, 你好", "a much longer text of words", "line\nbreaks \"and quotes\" \\"};
  const Backend& backend_;
  const Conforming conforming_;
};

inline void expect_conforms(const Backend& backend, const Conforming& conforming = {}) {
  Conformance(backend, conforming).run_all();
}

}  // namespace fovea::inference
