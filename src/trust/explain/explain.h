// Why a decision fell as it did: one sentence, then the rungs, the rules with the values they read, the focus map and
// the effects. For people in a terminal, and as JSON. The focus map shows where the attention model looked. It is a
// focus map, never a reason. Cost: linear in the text; at most kTextBytesShown of it are drawn. Threads: any.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "record/decision.h"
#include "record/effect.h"

namespace fovea::explain {

enum class Colour { kNone, k256, kTrue };
enum class Language { kEnglish, kChinese };
Result<Language> language_from_name(std::string_view name);  // "en", "zh"

constexpr size_t kTextBytesShown = 4000;
constexpr size_t kWidthMin = 40;

struct Options {
  Colour colour = Colour::kNone;
  size_t width = 80;  // columns
  Language language = Language::kEnglish;
};

struct Subject {
  const record::Decision& decision;
  std::optional<std::string_view> text;  // the scored text, redacted; none: erased or expired
  std::span<const record::Effect> effects;
  int64_t leaf = -1;  // its place in the audit log; -1: unknown
};

std::string sentence(const record::Decision& decision, std::optional<std::string_view> text, Language language);
std::string explain(const Subject& subject, const Options& options);
Json explain_json(const Subject& subject, Language language);

}  // namespace fovea::explain
