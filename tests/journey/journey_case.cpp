#include "tests/journey/journey_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/files.h"
#include "base/json.h"
#include "base/time_text.h"

namespace fovea::journey {
namespace {


constexpr std::string_view kSource =
    "source: { jsonl: ./events.jsonl, id: event.id, key: event.user, time: event.at }\n";
constexpr std::string_view kSteps =
    "steps:\n"
    "  - redact: [email, phone, card, cn_resident_id]\n"
    "  - score: { as: intent, text: event.body, ladder: [ { rules: ./keywords.csv }, { default: other } ] }\n"
    "  - decide: ./routing.csv\n";
constexpr std::string_view kKeywords =
    "text,=> label,=> probability\n\"~ refund, money back\",refund,0.8\n~ parcel,late_delivery,0.7\n";
constexpr std::string_view kRouting =
    "intent.label,event.amount,=> queue,=> priority\n\"refund, complaint\",> 100,desk,1\n"
    "\"refund, complaint\",-,refunds,2\n-,-,general,3\n";

std::unexpected<Error> bad(const std::string& file, const Yaml& node, std::string what) {
  return fail(Code::kInvalidArgument, std::move(what), where_of(file, node.place));
}

std::string flow_of(const std::string& given) {
  std::string text = "flow: t\nversion: 1\n";
  auto has = [&](std::string_view key) {
    return given.starts_with(key) || given.find("\n" + std::string(key)) != std::string::npos;
  };
  if (!has("source:")) text += kSource;
  if (!has("steps:")) text += kSteps;
  return text + given;
}

// Lines of JSON; an object without `user` or `at` gets one, unless the line begins with '!'.
std::string events_of(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    auto json = line.starts_with('!') ? Result<Json>(fail(Code::kUnknown, "")) : parse_json(line);
    if (json && json->is_object()) {
      auto& object = json->get_object();
      if (!object.contains("user")) object["user"] = "u";
      if (!object.contains("at")) object["at"] = "2026-09-01T07:59:00Z";
      out += to_text(*json) + "\n";
    } else {
      out += std::string(line.starts_with('!') ? line.substr(1) : line) + "\n";
    }
  }
  return out;
}

Result<std::map<std::string, std::string>> texts(const std::string& file, const Yaml& node) {
  std::map<std::string, std::string> out;
  if (node.kind != Yaml::Kind::kMap) return bad(file, node, "a map is expected");
  for (const auto& member : node.members) out[member.key] = member.value.text;
  return out;
}

Result<std::map<std::string, std::vector<std::string>>> lists(const std::string& file, const Yaml& node) {
  std::map<std::string, std::vector<std::string>> out;
  if (node.kind != Yaml::Kind::kMap) return bad(file, node, "a map is expected");
  for (const auto& member : node.members) {
    auto& list = out[member.key];
    for (const Yaml& item : member.value.items) list.push_back(item.text);
    std::ranges::sort(list);
  }
  return out;
}

Result<sim::ModelScript> model_of(const std::string& file, const Yaml& node, std::string rung) {
  constexpr std::array kVerdicts = {ladder::Verdict::kSure, ladder::Verdict::kUnsure, ladder::Verdict::kOutside,
                                    ladder::Verdict::kLate, ladder::Verdict::kFailed};
  sim::ModelScript script;
  script.rung = std::move(rung);
  for (const Yaml& item : node.items) {
    sim::ModelAnswer answer;
    for (const auto& member : item.members) {
      const std::string& text = member.value.text;
      if (member.key == "contains") {
        answer.contains = text;
      } else if (member.key == "label") {
        answer.label = text;
      } else if (member.key == "probability") {
        answer.probability = std::strtod(text.c_str(), nullptr);
      } else if (member.key == "takes") {
        FOVEA_TRY(answer.takes, parse_duration(text));
      } else if (member.key == "estimate") {
        FOVEA_TRY(script.estimate, parse_duration(text));
      } else if (member.key == "verdict") {
        const auto* found = std::ranges::find_if(kVerdicts, [&](auto v) { return ladder::verdict_name(v) == text; });
        if (found == kVerdicts.end()) return bad(file, member.value, "no such verdict");
        answer.verdict = *found;
      } else {
        return bad(file, member.value, "no such member of a model's answer: " + member.key);
      }
    }
    script.answers.push_back(std::move(answer));
  }
  return script;
}

Result<std::vector<sim::Attempt>> attempts_of(const std::string& file, const Yaml& node) {
  constexpr std::array<std::pair<std::string_view, sim::Attempt>, 7> kNames = {
      {{"done", sim::Attempt::kDone},
       {"retry", sim::Attempt::kRetry},
       {"fail", sim::Attempt::kFail},
       {"lost", sim::Attempt::kLost},
       {"unheard", sim::Attempt::kUnheard},
       {"silent", sim::Attempt::kSilent},
       {"unprepared", sim::Attempt::kUnprepared}}};
  std::vector<sim::Attempt> out;
  for (const Yaml& item : node.items) {
    const auto* found = std::ranges::find_if(kNames, [&](const auto& each) { return each.first == item.text; });
    if (found == kNames.end()) return bad(file, item, "no such attempt");
    out.push_back(found->second);
  }
  return out;
}

Result<Expected> expected_of(const std::string& file, const Yaml& node) {
  Expected e;
  for (const auto& member : node.members) {
    const Yaml& value = member.value;
    if (member.key == "lines") {
      FOVEA_TRY(e.lines, lists(file, value));
    } else if (member.key == "queues") {
      FOVEA_TRY(e.queues, lists(file, value));
    } else if (member.key == "duplicates") {
      e.duplicates = value.text;
    } else if (member.key == "error") {
      e.error = value.text;
    } else {
      std::map<std::string, std::string>* into = member.key == "fates"      ? &e.fates
                                                 : member.key == "rungs"    ? &e.rungs
                                                 : member.key == "labels"   ? &e.labels
                                                 : member.key == "outputs"  ? &e.outputs
                                                 : member.key == "attempts" ? &e.attempts
                                                 : member.key == "effects"  ? &e.effects
                                                 : member.key == "dead"     ? &e.dead
                                                 : member.key == "remote"   ? &e.remote
                                                                            : nullptr;
      if (into == nullptr) return bad(file, value, "nothing of this name can be expected: " + member.key);
      FOVEA_TRY(*into, texts(file, value));
    }
  }
  return e;
}

Result<void> read_member(const std::string& file, const Yaml::Member& member, Case& c) {
  const Yaml& value = member.value;
  if (member.key == "name") {
    c.name = value.text;
  } else if (member.key == "flow") {
    c.flow = flow_of(value.text);
  } else if (member.key == "events") {
    c.files["events.jsonl"] = events_of(value.text);
  } else if (member.key == "files") {
    FOVEA_TRY(auto files, texts(file, value));
    for (auto& [name, text] : files) c.files[name] = std::move(text);
  } else if (member.key == "linear") {
    FOVEA_TRY(c.linear, model_of(file, value, "linear"));
    c.has_linear = true;
  } else if (member.key == "attention") {
    FOVEA_TRY(c.attention, model_of(file, value, "attention"));
    c.has_attention = true;
  } else if (member.key == "attempts") {
    for (const auto& each : value.members) {
      FOVEA_TRY(c.attempts[each.key], attempts_of(file, each.value));
    }
  } else if (member.key == "later") {
    for (const Yaml& item : value.items) {
      Later later;
      if (const Yaml* text = item.find("events")) later.events = events_of(text->text);
      if (const Yaml* ids = item.find("undo")) {
        for (const Yaml& id : ids->items) later.undo.push_back(id.text);
      }
      if (const Yaml* text = item.find("advance")) {
        FOVEA_TRY(later.advance, parse_duration(text->text));
      }
      c.later.push_back(std::move(later));
    }
  } else if (member.key == "raw") {
    for (const Yaml& item : value.items) c.raw.push_back(item.text);
  } else if (member.key == "without") {
    for (const Yaml& item : value.items) c.without.push_back(item.text);
  } else if (member.key == "disk") {
    c.real_disk = value.text == "real";
  } else if (member.key == "expect") {
    FOVEA_TRY(c.expect, expected_of(file, value));
  } else {
    return bad(file, value, "no such member of a case: " + member.key);
  }
  return {};
}

}  // namespace

Result<std::vector<Case>> read_cases(const std::string& path) {
  FOVEA_TRY(std::string text, read_file(path));
  FOVEA_TRY(Yaml root, parse_yaml(path, text));
  std::vector<Case> cases;
  for (const Yaml& item : root.items) {
    Case c;
    c.file = path;
    c.files = {{"keywords.csv", std::string(kKeywords)}, {"routing.csv", std::string(kRouting)}};
    c.flow = flow_of("");
    for (const auto& member : item.members) FOVEA_OK(read_member(path, member, c));
    if (c.name.empty()) return bad(path, item, "a case needs a name");
    cases.push_back(std::move(c));
  }
  return cases;
}

}  // namespace fovea::journey
