#include "tests/sim/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "base/time_text.h"

namespace fovea::sim {
namespace {

constexpr std::string_view kSource = "jsonl:./events.jsonl";

const char* kKeywords =
    "text,=> label,=> probability\n\"~ refund, money back\",refund,0.8\n~ parcel,late_delivery,0.7\n";
const char* kRouting =
    "intent.label,event.amount,=> queue,=> priority\n\"refund, complaint\",> 100,desk,1\n"
    "\"refund, complaint\",-,refunds,2\n-,-,general,3\n";

const std::vector<std::string> kBodies = {"I want a refund",
                                          "my parcel is late",
                                          "thank you so much",
                                          "这个坏了，我要退款",
                                          "!fail the model",
                                          "!unsure what I want",
                                          "!outside of all",
                                          "!late answer",
                                          "money back now",
                                          "spam spam",
                                          ""};

struct Pick {
  Random random;
  bool one_in(uint64_t n) { return random.below(n) == 0; }
  template <typename T>
  const T& of(const std::vector<T>& all) {
    return all[random.below(all.size())];
  }
};

ModelScript model_script(Pick& pick) {
  ModelScript script;
  script.estimate = std::chrono::milliseconds(pick.random.below(3));
  Nanos slow = std::chrono::milliseconds(pick.one_in(3) ? 80 : 1);
  script.answers = {{"!fail", ladder::Verdict::kFailed, "", 0, slow},
                    {"!unsure", ladder::Verdict::kUnsure, "praise", 0.3, slow},
                    {"!outside", ladder::Verdict::kOutside, "praise", 0.4, slow},
                    {"!late", ladder::Verdict::kSure, "refund", 0.9, std::chrono::milliseconds(300)},
                    {"refund", ladder::Verdict::kSure, "refund", 0.9, slow},
                    {"parcel", ladder::Verdict::kSure, "late_delivery", 0.8, Nanos(0)},
                    {"", ladder::Verdict::kUnsure, "praise", 0.2, Nanos(0)}};
  return script;
}

std::string ladder_text(Pick& pick, Scenario& s) {
  std::string rungs;
  if (pick.one_in(2)) rungs += "{ cache: { ttl: 10m } }, ";
  if (!pick.one_in(4)) {
    rungs += "{ model: ./model }, ";
    s.models["model"] = model_script(pick);
    if (pick.one_in(2)) {
      s.second_rungs["model"] = model_script(pick);
      s.second_rungs["model"].rung = "attention";
    }
  }
  if (!pick.one_in(3)) rungs += "{ rules: ./keywords.csv }, ";
  return rungs + (pick.one_in(3) ? "{ human: tier1 }" : "{ default: other }");
}

std::string flow_text(Pick& pick, Scenario& s) {
  std::string text = fmt::format(
      "flow: sim\nversion: 1\nsource: {{ jsonl: ./events.jsonl, id: event.id, key: event.user, time: event.at{} }}\n",
      pick.one_in(3) ? ", lateness: 2h" : "");
  text += "steps:\n";
  if (pick.one_in(3)) text += "  - clean: { quotes: drop }\n";
  text += "  - redact: [email, phone, card, cn_resident_id, iban]\n";
  bool window = pick.one_in(2);
  if (window)
    text +=
        "  - window: { as: sender, key: event.user, span: 1h, keep: { messages: count(), spent: sum(event.amount) } "
        "}\n";
  if (pick.one_in(3)) text += "  - drop: { when: event.body.contains(\"spam\") }\n";
  text += fmt::format("  - score: {{ as: intent, text: event.body, deadline: {}, ladder: [ {} ] }}\n",
                      pick.one_in(2) ? "50ms" : "1s", ladder_text(pick, s));
  text += "  - decide: ./routing.csv\nact:\n";
  text +=
      "  - note: { append: ./out.jsonl, body: { id: event.id, queue: decision.queue }, key: event.id, "
      "retry: { attempts: 30, backoff: 1s } }\n";
  if (pick.one_in(2))
    text +=
        "  - tally: { append: ./tally.jsonl, body: { queue: decision.queue }, when: decision.priority < 3, retry: { "
        "attempts: 30 } }\n";
  if (pick.one_in(2)) {
    text += fmt::format(
        "  - call: {{ http: {{ post: \"http://127.0.0.1:1/x\", body: {{ id: event.id }} }}, retry: {{ attempts: 30 "
        "}}{} }}\n",
        pick.one_in(3) ? ", hold: 10m" : "");
  }
  if (pick.one_in(3)) text += "limits: { batch: 3 }\n";
  return text;
}

record::Event event_of(Pick& pick, Scenario& s, size_t i) {
  record::Event event;
  event.source = kSource;
  event.id = fmt::format("{}-c", i);
  event.original = fmt::format("events.jsonl:{}", i + 1);
  event.time = kStart;
  if (pick.one_in(15)) {
    event.decoded = false;
    event.problem = "no JSON at byte 1";
    s.ids.insert(event.id);
    return event;
  }
  std::string id = fmt::format("e-{}", i), body = pick.of(kBodies);
  if (pick.one_in(4)) {
    std::string address = fmt::format("someone{}@example{}.com", i, pick.random.below(9));
    body += " write to " + address;
    s.raw.push_back(address);
  }
  event.fields = {{"id", id}, {"user", fmt::format("u{}", pick.random.below(4))}, {"body", body}};
  if (!pick.one_in(5)) event.fields["amount"] = static_cast<int64_t>(pick.random.below(200));
  Nanos ago = std::chrono::minutes(pick.random.below(pick.one_in(10) ? 600 : 60));
  if (!pick.one_in(20)) {
    event.fields["at"] = pick.one_in(20) ? "no time" : format_rfc3339(kStart - ago);
  }
  s.ids.insert(id);
  return event;
}

}  // namespace

Scenario make_scenario(uint64_t seed) {
  Pick pick{Random(seed * 2'654'435'761u + 17)};
  Scenario s;
  s.seed = seed;
  s.tables = {{"keywords.csv", kKeywords}, {"routing.csv", kRouting}};
  s.flow = flow_text(pick, s);
  size_t count = 1 + pick.random.below(pick.one_in(4) ? 120 : 30);
  for (size_t i = 0; i < count; ++i) s.given.push_back(event_of(pick, s, i));
  uint64_t repeat_in = 2 + pick.random.below(10);
  for (size_t i = 0; i < count; ++i) {
    if (pick.one_in(repeat_in)) s.given.push_back(s.given[i]);
  }
  size_t reach = pick.one_in(2) ? s.given.size() : 3;
  for (size_t i = 0; i + 1 < s.given.size(); ++i) {
    size_t other = std::min(i + pick.random.below(reach), s.given.size() - 1);
    std::swap(s.given[i], s.given[other]);
  }
  s.piece = 1 + pick.random.below(12);
  s.steps_back = pick.one_in(2) ? pick.random.below(6) : 0;
  s.starts_with_faults = 1 + static_cast<int>(pick.random.below(6));
  s.effect_faults_percent = pick.one_in(2) ? static_cast<int>(pick.random.below(50)) : 0;
  return s;
}

Attempt attempt_of(const Scenario& s, const record::Effect& effect, int attempt) {
  uint64_t name = std::hash<std::string>{}(effect.key);
  Random random(s.seed ^ (name + static_cast<uint64_t>(attempt) * 7919));
  random.next();
  if (attempt >= 3 || random.below(100) >= static_cast<uint64_t>(s.effect_faults_percent)) return Attempt::kDone;
  constexpr Attempt kFaults[] = {Attempt::kRetry, Attempt::kLost, Attempt::kUnheard, Attempt::kUnprepared};
  Attempt fault = kFaults[random.below(4)];
  // A file does not keep silent: of two lines that say the same, nobody could tell which one was not written.
  return effect.kind == "append" && fault == Attempt::kUnheard ? Attempt::kRetry : fault;
}

}  // namespace fovea::sim
