#include "trust/explain/words.h"

#include <array>

namespace fovea::explain {
namespace {

struct Pair {
  std::string_view key, english, chinese;
};

constexpr Pair kRungs[] = {
    {"cache", "the cache", "缓存"},
    {"linear", "the linear model", "线性模型"},
    {"attention", "the attention model", "注意力模型"},
    {"remote", "the remote model", "远程模型"},
    {"rules", "the keyword rules", "关键词规则"},
    {"human", "a person", "人工"},
    {"default", "the safe default", "安全默认值"},
};

constexpr Pair kOutcomes[] = {
    {"sure", "sure", "有把握"},       {"unsure", "unsure", "没有把握"}, {"outside", "outside", "不属于任何已知类别"},
    {"late", "late", "超时"},         {"failed", "failed", "失败"},     {"skipped", "skipped", "跳过"},
    {"missed", "missed", "没有命中"},
};

constexpr std::array<std::string_view, 8> kStates = {"保留中", "待执行", "已尝试", "已完成",
                                                     "失败",   "撤销中", "已撤销", "已取消"};

constexpr Words kEnglish = {
    .rungs = "Rungs tried",
    .rules = "Rules that hit",
    .focus = "Focus map",
    .effects = "Effects",
    .proof = "Proof",
    .outputs = "Decided",
    .focus_note = "where the attention model looked; not why it decided",
    .no_text = "the text is not kept any more",
    .no_rules = "none",
    .no_map = "none: only the attention model gives one",
    .late = "deadline missed",
    .cut = "the text goes on",
};

constexpr Words kChinese = {
    .rungs = "尝试过的梯级",
    .rules = "命中的规则",
    .focus = "关注图",
    .effects = "动作",
    .proof = "证明",
    .outputs = "决定",
    .focus_note = "表示注意力模型看了哪里，不是它作出决定的原因",
    .no_text = "文本已不再保存",
    .no_rules = "无",
    .no_map = "无：只有注意力模型才有",
    .late = "错过期限",
    .cut = "文本未完",
};

template <size_t N>
std::string look_up(const Pair (&pairs)[N], std::string_view key, Language language) {
  for (const Pair& pair : pairs) {
    if (pair.key == key) return std::string(language == Language::kChinese ? pair.chinese : pair.english);
  }
  return std::string(key);
}

}  // namespace

const Words& words_of(Language language) {
  return language == Language::kChinese ? kChinese : kEnglish;
}

std::string rung_phrase(std::string_view rung, Language language) {
  return look_up(kRungs, rung, language);
}

std::string outcome_word(std::string_view outcome, Language language) {
  return look_up(kOutcomes, outcome, language);
}

std::string state_word(record::EffectState state, Language language) {
  if (language == Language::kChinese) return std::string(kStates[static_cast<size_t>(state)]);
  return std::string(record::state_name(state));
}

}  // namespace fovea::explain
