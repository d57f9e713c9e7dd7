#include "trust/explain/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "trust/explain/focus_map.h"
#include "trust/explain/words.h"

namespace fovea::explain {
namespace {

constexpr size_t kValueBytesMax = 60;  // of a value that a rule read, in a line of text
constexpr size_t kSentenceInputs = 2;  // values named in the sentence

// One line that cannot rewrite a terminal, cut between code points.
std::string shown(std::string_view text, size_t bytes_max = kValueBytesMax) {
  std::string clean = repair_utf8(text), out;
  for (size_t at = 0; at < clean.size();) {
    char32_t c = next_code_point(clean, at);
    if (c < 0x20 || (c >= 0x7F && c < 0xA0)) c = U' ';
    if ((c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069)) continue;
    if (out.size() >= bytes_max) return out + "…";
    append_utf8(c, out);
  }
  return out;
}

std::string value_text(const Json& value) {
  if (value.is_string()) return "'" + shown(text_or(value, "")) + "'";
  return shown(to_text(value));
}

std::string percent(double probability) {
  return fmt::format("{:.2f}", probability);
}

std::string time_spent(int64_t us) {
  if (us < 1000) return fmt::format("{} µs", us);
  return fmt::format("{:.1f} ms", static_cast<double>(us) / 1000);
}

// What was decided: the first output, as a rule "queue" or "action".
std::string decided(const record::Decision& d) {
  for (std::string_view name : {"action", "queue", "route", "label"}) {
    if (const Json* value = d.outputs.if_contains(name))
      return shown(value->is_string() ? text_or(*value, "") : to_text(*value));
  }
  if (d.outputs.empty()) return {};
  const Json& first = d.outputs.begin()->value();
  return shown(first.is_string() ? text_or(first, "") : to_text(first));
}

const record::RungAttempt* taken_attempt(const record::Scored& scored) {
  return scored.attempts.empty() ? nullptr : &scored.attempts.back();
}

std::string quoted_list(const std::vector<std::string>& words, Language language) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += language == Language::kChinese ? "、" : ", ";
    out += language == Language::kChinese ? "“" + shown(word) + "”" : "'" + shown(word) + "'";
  }
  return out;
}

std::string score_clause(const record::Scored& scored, std::optional<std::string_view> text, Language language) {
  const record::Prediction& p = scored.prediction;
  const record::RungAttempt* attempt = taken_attempt(scored);
  bool chinese = language == Language::kChinese;
  std::string rung = rung_phrase(scored.rung, language);
  if (scored.rung == "human")
    return chinese ? "没有一个梯级有把握，交由人工处理" : "no rung was sure, so a person decides";
  if (scored.rung == "default") {
    return fmt::format(fmt::runtime(chinese ? "没有一个梯级有把握，采用安全默认值“{}”"
                                            : "no rung was sure, so the safe default '{}' stands"),
                       shown(p.label));
  }
  std::string facts = fmt::format(fmt::runtime(chinese ? "概率 {}" : "probability {}"), percent(p.probability));
  if (!p.precision.empty() && p.precision != "fp32")
    facts += fmt::format(fmt::runtime(chinese ? "，以 {} 计算" : ", computed in {}"), shown(p.precision));
  if (attempt != nullptr && !attempt->detail.empty()) facts += (chinese ? "，" : ", ") + shown(attempt->detail);
  std::string out =
      fmt::format(fmt::runtime(chinese ? "{}判断为“{}”（{}）" : "{} reads '{}' ({})"), rung, shown(p.label), facts);
  if (text && !p.focus.empty()) {
    if (auto words = focus_words(*text, p.focus, 3); !words.empty()) {
      out += (chinese ? "，主要关注" : ", looking most at ") + quoted_list(words, language);
    }
  }
  return out;
}

std::string hit_clause(const record::RuleHit& hit, Language language) {
  std::string inputs;
  for (size_t i = 0; i < std::min(hit.inputs.size(), kSentenceInputs); ++i) {
    if (i > 0) inputs += language == Language::kChinese ? "，" : ", ";
    inputs += shown(hit.inputs[i].first) + " = " + value_text(hit.inputs[i].second);
  }
  if (language == Language::kChinese) {
    return fmt::format("{} 第 {} 行匹配{}", shown(hit.table), hit.row, inputs.empty() ? "" : "（" + inputs + "）");
  }
  return fmt::format("row {} of {} matched{}", hit.row, shown(hit.table), inputs.empty() ? "" : " (" + inputs + ")");
}

std::string title(std::string_view text, Colour colour) {
  return colour == Colour::kNone ? std::string(text) : "\x1b[1m" + std::string(text) + "\x1b[0m";
}

std::string padded(std::string text, size_t columns) {
  size_t width = display_width(text);
  if (width < columns) text += std::string(columns - width, ' ');
  return text;
}

void add_rungs(const record::Decision& d, const Options& options, std::string& out) {
  const Words& words = words_of(options.language);
  for (const record::Scored& scored : d.scored) {
    out += fmt::format("\n{} ({})\n", title(words.rungs, options.colour), shown(scored.as));
    for (const record::RungAttempt& attempt : scored.attempts) {
      bool taken = &attempt == taken_attempt(scored);
      std::string label =
          attempt.label.empty() ? "" : fmt::format("{} {}", shown(attempt.label), percent(attempt.probability));
      std::string rung = shown(attempt.rung);
      if (!attempt.precision.empty()) rung += " " + shown(attempt.precision);
      out += fmt::format("  {} {}  {}  {}  {}  {}\n", taken ? "→" : " ", padded(rung, 14),
                         padded(outcome_word(attempt.outcome, options.language), 9),
                         padded(time_spent(attempt.spent_us), 8), padded(label, 24), shown(attempt.detail));
      while (out.ends_with(" \n")) out.replace(out.size() - 2, 2, "\n");
    }
  }
}

void add_rules(const record::Decision& d, const Options& options, std::string& out) {
  const Words& words = words_of(options.language);
  out += "\n" + title(words.rules, options.colour) + "\n";
  if (d.hits.empty()) out += "  " + std::string(words.no_rules) + "\n";
  for (const record::RuleHit& hit : d.hits) {
    out += fmt::format("  {}:{}\n", shown(hit.table), hit.row);
    for (const auto& [expression, value] : hit.inputs) {
      out += fmt::format("      {} = {}\n", shown(expression), value_text(value));
    }
  }
}

void add_focus(const Subject& subject, const Options& options, std::string& out) {
  const Words& words = words_of(options.language);
  out += "\n" + title(words.focus, options.colour) + "\n";
  if (!subject.text) {
    out += "  " + std::string(words.no_text) + "\n";
    return;
  }
  bool drawn = false;
  for (const record::Scored& scored : subject.decision.scored) {
    if (scored.prediction.focus.empty()) continue;
    drawn = true;
    out += focus_map(*subject.text, scored.prediction.focus, options, 2);
  }
  if (!drawn) {
    out += "  (" + std::string(words.no_map) + ")\n" + focus_map(*subject.text, {}, options, 2);
  } else {
    out += "  (" + std::string(words.focus_note) + ")\n";
  }
  if (subject.text->size() > kTextBytesShown) out += "  … " + std::string(words.cut) + "\n";
}

void add_effects(const Subject& subject, const Options& options, std::string& out) {
  const Words& words = words_of(options.language);
  out += "\n" + title(words.effects, options.colour) + "\n";
  if (subject.effects.empty()) out += "  " + std::string(words.no_rules) + "\n";
  for (const record::Effect& effect : subject.effects) {
    out += fmt::format("  {}  {}  {}  {}\n", padded(shown(effect.name), 12), padded(effect.kind, 6),
                       padded(state_word(effect.state, options.language), 9), shown(effect.last_error, 120));
    while (out.ends_with(" \n")) out.replace(out.size() - 2, 2, "\n");
  }
}

}  // namespace

Result<Language> language_from_name(std::string_view name) {
  if (name == "en") return Language::kEnglish;
  if (name == "zh") return Language::kChinese;
  constexpr std::string_view kKnown[] = {"en", "zh"};
  return fail(Code::kInvalidArgument, "unknown language '" + std::string(name) + "'", "--lang", suggest(name, kKnown));
}

std::string sentence(const record::Decision& d, std::optional<std::string_view> text, Language language) {
  bool chinese = language == Language::kChinese;
  std::string result = decided(d), because;
  for (const record::Scored& scored : d.scored) {
    if (!because.empty()) because += chinese ? "；" : "; ";
    because += score_clause(scored, text, language);
  }
  if (!d.hits.empty()) {
    if (!because.empty()) because += chinese ? "，并且 " : " and ";
    because += hit_clause(d.hits.back(), language);
  }
  std::string head;
  if (d.for_human) {
    head = fmt::format(fmt::runtime(chinese ? "交给“{}”人工处理" : "Sent to a person in '{}'"), shown(d.human_queue));
  } else if (!result.empty()) {
    head = fmt::format(fmt::runtime(chinese ? "分派到“{}”" : "Routed to {}"), result);
  } else {
    head = chinese ? "已作出决定" : "Decided";
  }
  if (because.empty()) return head + (chinese ? "。" : ".");
  return chinese ? head + "，因为" + because + "。" : head + " because " + because + ".";
}

std::string explain(const Subject& subject, const Options& options) {
  const record::Decision& d = subject.decision;
  const Words& words = words_of(options.language);
  std::string out = sentence(d, subject.text, options.language) + "\n\n";
  out += fmt::format("  {}  {}  {} v{}  {}{}\n", shown(d.event_id, 200), format_rfc3339(d.decided_at), shown(d.flow),
                     d.flow_version, time_spent(d.latency_us),
                     d.deadline_met ? "" : "  (" + std::string(words.late) + ")");
  if (!d.outputs.empty()) {
    out += "  " + std::string(words.outputs) + ":";
    for (const auto& each : d.outputs) out += fmt::format(" {}={}", shown(each.key()), value_text(each.value()));
    out += "\n";
  }
  add_rungs(d, options, out);
  add_rules(d, options, out);
  add_focus(subject, options, out);
  add_effects(subject, options, out);
  if (subject.leaf >= 0) {
    out += fmt::format("\n{}\n  #{}  fovea audit prove {}\n", title(words.proof, options.colour), subject.leaf,
                       shown(d.event_id, 200));
  }
  return out;
}

Json explain_json(const Subject& subject, Language language) {
  JsonObject out{{"why", sentence(subject.decision, subject.text, language)},
                 {"decision", record::to_json(subject.decision)}};
  JsonArray maps, effects;
  for (const record::Scored& scored : subject.decision.scored) {
    if (scored.prediction.focus.empty()) continue;
    JsonArray pieces;
    for (const record::Focus& each : scored.prediction.focus) {
      JsonObject piece{{"begin", each.begin}, {"end", each.end}, {"weight", each.weight}};
      if (subject.text && each.begin < each.end && each.end <= subject.text->size()) {
        piece["text"] = repair_utf8(subject.text->substr(each.begin, each.end - each.begin));
      }
      pieces.push_back(std::move(piece));
    }
    maps.push_back(JsonObject{{"as", scored.as}, {"pieces", std::move(pieces)}});
  }
  for (const record::Effect& effect : subject.effects) {
    effects.push_back(JsonObject{{"id", effect.id},
                                 {"name", effect.name},
                                 {"kind", effect.kind},
                                 {"key", effect.key},
                                 {"state", record::state_name(effect.state)},
                                 {"attempts", effect.attempts},
                                 {"last_error", effect.last_error},
                                 {"outcome", effect.outcome}});
  }
  out["focus_maps"] = std::move(maps);
  out["effects"] = std::move(effects);
  out["text"] = subject.text ? Json(repair_utf8(*subject.text)) : Json();
  out["leaf"] = subject.leaf >= 0 ? Json(subject.leaf) : Json();
  return out;
}

}  // namespace fovea::explain
