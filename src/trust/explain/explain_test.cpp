#include "trust/explain/explain.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/utf8.h"
#include "trust/explain/focus_map.h"

namespace fovea::explain {
namespace {

constexpr std::string_view kText = "I want a refund for the broken lamp, please";

record::Decision sample() {
  record::Decision d;
  d.event_id = "m-17";
  d.flow = "support-triage";
  d.flow_version = 3;
  d.decided_at = {1'700'000'000'000'000'000};
  d.outputs["queue"] = "refunds";
  d.outputs["priority"] = 2;
  record::Scored scored;
  scored.as = "intent";
  scored.rung = "attention";
  scored.prediction.label = "refund";
  scored.prediction.probability = 0.93;
  scored.prediction.focus = {{9, 15, 0.5F}, {24, 30, 0.3F}, {31, 35, 0.1F}, {35, 36, 0.05F}, {0, 1, 0.05F}};
  scored.attempts = {{"cache", "missed", "not seen before", 3, "", 0},
                     {"linear", "unsure", "probability 0.41 under 0.62", 14, "defect", 0.41},
                     {"attention", "sure", "sure above 0.71", 2480, "refund", 0.93}};
  d.scored.push_back(scored);
  d.hits.push_back({"routing.csv", 3, {{"intent.label", "refund"}, {"event.amount", 120}}});
  d.latency_us = 2600;
  return d;
}

std::vector<record::Effect> sample_effects() {
  record::Effect effect;
  effect.id = 1;
  effect.name = "ticket";
  effect.kind = "http";
  effect.state = record::EffectState::kFailed;
  effect.last_error = "status 503";
  return {effect};
}

TEST(Explain, OneSentenceSaysWhy) {
  EXPECT_EQ(
      sentence(sample(), kText, Language::kEnglish),
      "Routed to refunds because the attention model reads 'refund' (probability 0.93, sure above 0.71), looking "
      "most at 'refund', 'broken', 'lamp' and row 3 of routing.csv matched (intent.label = 'refund', event.amount "
      "= 120).");
  EXPECT_EQ(sentence(sample(), std::nullopt, Language::kChinese),
            "分派到“refunds”，因为注意力模型判断为“refund”（概率 0.93，sure above 0.71），并且 routing.csv 第 3 "
            "行匹配（intent.label = 'refund'，event.amount = 120）。");
  record::Decision d = sample();
  d.for_human = true, d.human_queue = "tier1";
  d.scored[0].rung = "human";
  d.hits.clear();
  EXPECT_EQ(sentence(d, kText, Language::kEnglish),
            "Sent to a person in 'tier1' because no rung was sure, so a person decides.");
  EXPECT_EQ(sentence(record::Decision(), std::nullopt, Language::kEnglish), "Decided.");
}

TEST(Explain, SaysInWhichPrecisionAModelScored) {
  record::Decision d = sample();
  d.scored[0].prediction.precision = d.scored[0].attempts[2].precision = "int8";
  EXPECT_NE(explain({d, kText, {}, -1}, {}).find("→ attention int8"), std::string::npos);
  EXPECT_NE(sentence(d, kText, Language::kEnglish).find("(probability 0.93, computed in int8, sure"),
            std::string::npos);
  EXPECT_NE(sentence(d, kText, Language::kChinese).find("以 int8 计算"), std::string::npos);
  d.scored[0].prediction.precision = "fp32";  // the reference goes without saying
  EXPECT_EQ(sentence(d, kText, Language::kEnglish), sentence(sample(), kText, Language::kEnglish));
}

TEST(Explain, ShowsRungsRulesMapAndEffects) {
  record::Decision d = sample();
  auto effects = sample_effects();
  std::string out = explain({d, kText, effects, 41}, {});
  for (const char* part : {"Rungs tried (intent)", "cache", "not seen before", "probability 0.41 under 0.62", "2.5 ms",
                           "→ attention", "routing.csv:3", "event.amount = 120", "Focus map", "[refund█]", "[broken▅]",
                           "not why it decided", "ticket", "failed", "status 503", "fovea audit prove m-17", "#41"}) {
    EXPECT_NE(out.find(part), std::string::npos) << part << "\n" << out;
  }
  EXPECT_EQ(out.find('\x1b'), std::string::npos);
  EXPECT_EQ(out.find("eason"), std::string::npos);
  std::string chinese =
      explain({d, kText, effects, 41}, {.colour = Colour::kNone, .width = 80, .language = Language::kChinese});
  for (const char* part : {"尝试过的梯级", "没有把握", "命中的规则", "关注图", "失败"}) {
    EXPECT_NE(chinese.find(part), std::string::npos) << part;
  }
}

TEST(Explain, WhatIsGoneIsSaid) {
  record::Decision d = sample();
  EXPECT_NE(explain({d, std::nullopt, {}, -1}, {}).find("the text is not kept any more"), std::string::npos);
  d.scored[0].prediction.focus.clear();
  EXPECT_NE(explain({d, kText, {}, -1}, {}).find("only the attention model gives one"), std::string::npos);
}

TEST(Explain, ColoursInBothKinds) {
  auto focus = sample().scored[0].prediction.focus;
  std::string cube = focus_map(kText, focus, {.colour = Colour::k256}, 0);
  EXPECT_NE(cube.find("\x1b[30;48;5;208mrefund\x1b[0m"), std::string::npos) << cube;
  std::string full = focus_map(kText, focus, {.colour = Colour::kTrue}, 0);
  EXPECT_NE(full.find("\x1b[38;2;0;0;0;48;2;255;111;0mrefund\x1b[0m"), std::string::npos) << full;
}

TEST(Explain, LinesFitAndChineseIsBrokenBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "我要退款，灯坏了。";
  std::vector<record::Focus> focus = {{6, 12, 1.0F}};
  std::string out = focus_map(text, focus, {.colour = Colour::kNone, .width = 40}, 2);
  size_t lines = 0;
  for (size_t at = 0, end; at < out.size(); at = end + 1, ++lines) {
    end = out.find('\n', at);
    EXPECT_LE(display_width(std::string_view(out).substr(at, end - at)), 40u);
  }
  EXPECT_GT(lines, 10u);
  EXPECT_TRUE(is_utf8(out));
  EXPECT_NE(out.find("[退款█]"), std::string::npos) << out;
  EXPECT_EQ(focus_words(text, focus, 3), std::vector<std::string>{"退款"});
}

TEST(Explain, HostileTextCannotRewriteTheTerminal) {
  std::string text = "pay\x1b[2J now\x07 \xE2\x80\xAEtxt.exe\xFF end";
  std::vector<record::Focus> focus = {{0, 1000, 1.0F}, {5, 2, 1.0F}, {2, 3, NAN}};
  record::Decision d = sample();
  d.scored[0].prediction.focus = focus;
  d.event_id = "id\x1b]0;x\x07";
  d.outputs["queue"] = "a\x1b[31m";
  std::string out = explain({d, std::string_view(text), {}, 3}, {});
  EXPECT_EQ(out.find('\x1b'), std::string::npos);
  EXPECT_EQ(out.find('\x07'), std::string::npos);
  EXPECT_EQ(out.find("\xE2\x80\xAE"), std::string::npos);
  EXPECT_TRUE(is_utf8(out));
}

TEST(Explain, ALongTextIsCut) {
  std::string text(100'000, 'x');
  EXPECT_LT(focus_map(text, {}, {}, 0).size(), 5'000u);
  record::Decision d = sample();
  EXPECT_NE(explain({d, std::string_view(text), {}, -1}, {}).find("the text goes on"), std::string::npos);
}

TEST(Explain, JsonHasTheSame) {
  record::Decision d = sample();
  auto effects = sample_effects();
  Json json = explain_json({d, kText, effects, 41}, Language::kEnglish);
  EXPECT_EQ(text_or(member(json, "why"), ""), sentence(d, kText, Language::kEnglish));
  EXPECT_EQ(number_or(member(json, "leaf"), 0), 41);
  const Json& map = member(json, "focus_maps").as_array()[0];
  EXPECT_EQ(text_or(member(member(map, "pieces").as_array()[0], "text"), ""), "refund");
  EXPECT_EQ(text_or(member(member(json, "effects").as_array()[0], "state"), ""), "failed");
  EXPECT_TRUE(member(explain_json({d, std::nullopt, {}, -1}, Language::kEnglish), "text").is_null());
}

TEST(Explain, Languages) {
  EXPECT_EQ(*language_from_name("zh"), Language::kChinese);
  auto unknown = language_from_name("zhh");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().hint, "did you mean 'zh'?");
}

}  // namespace
}  // namespace fovea::explain
