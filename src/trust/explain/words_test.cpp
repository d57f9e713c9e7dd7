#include "trust/explain/words.h"

#include <gtest/gtest.h>

namespace fovea::explain {
namespace {

TEST(Words, EveryWordIsInBothLanguages) {
  for (Language language : {Language::kEnglish, Language::kChinese}) {
    const Words& w = words_of(language);
    for (std::string_view word : {w.rungs, w.rules, w.focus, w.effects, w.proof, w.outputs, w.focus_note, w.no_text,
                                  w.no_rules, w.no_map, w.late, w.cut}) {
      EXPECT_FALSE(word.empty());
    }
  }
  for (const char* rung : {"cache", "linear", "attention", "rules", "human", "default"}) {
    EXPECT_NE(rung_phrase(rung, Language::kChinese), rung);
  }
  for (const char* outcome : {"sure", "unsure", "outside", "late", "failed", "skipped", "missed"}) {
    EXPECT_NE(outcome_word(outcome, Language::kChinese), outcome);
  }
  for (int state = 0; state < 8; ++state) {
    EXPECT_NE(state_word(static_cast<record::EffectState>(state), Language::kChinese),
              state_word(static_cast<record::EffectState>(state), Language::kEnglish));
  }
  EXPECT_EQ(rung_phrase("a-new-rung", Language::kChinese), "a-new-rung");
}

}  // namespace
}  // namespace fovea::explain
