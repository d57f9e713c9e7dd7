#include "door/cli/decision_line.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "door/cli/output.h"

namespace fovea::cli {
namespace {

constexpr size_t kNameColumns = 18, kLabelColumns = 16, kRungColumns = 10, kOutputColumns = 30, kOpeningColumns = 44;

int colour_of_rung(std::string_view rung) {
  if (rung == "linear" || rung == "cache") return 71;
  if (rung == "attention") return 75;
  if (rung == "rules") return 179;
  if (rung == "human") return 213;
  return 245;
}

std::string outputs_of(const record::Decision& decision) {
  if (decision.for_human) return "→ " + decision.human_queue + " (a person)";
  std::string text;
  for (const auto& [name, value] : decision.outputs) {
    text += (text.empty() ? "→ " : ", ") + (value.is_string() ? std::string(text_or(value, "")) : to_text(value));
  }
  return text;
}

// The start of what was decided on, so that a reader knows which message it is. Redacted, like everything that is kept.
std::string opening_of(const store::Kept& kept) {
  auto payload = parse_json(kept.payload);
  if (!payload) return "";
  const Json& event = member(*payload, "event");
  for (std::string_view name : {"subject", "text", "body", "title", "message"}) {
    std::string_view text = text_or(member(event, name), "");
    if (!text.empty()) return std::string(text.substr(0, 4 * kOpeningColumns));
  }
  return "";
}

}  // namespace

std::string decision_line(const store::Kept& kept) {
  std::string name = std::filesystem::path(kept.event.original).filename().string();
  if (name.empty()) name = kept.event.id;
  std::string head = fmt::format("{:>6}  {} ", kept.seq, fit(name, kNameColumns));
  switch (kept.fate) {
    case store::Fate::kDead:
      return head + tint("dead letter: ", 203) + (kept.dead ? kept.dead->cause : "");
    case store::Fate::kLate:
      return head + tint("late", 179) + "  older than the flow's lateness allows";
    case store::Fate::kDropped:
      return head + dim("dropped by a rule");
    case store::Fate::kDecided:
      break;
  }
  if (!kept.decision) return head;
  const record::Decision& decision = *kept.decision;
  std::string label, rung, sure;
  if (!decision.scored.empty()) {
    const record::Scored& scored = decision.scored.front();
    label = scored.prediction.label;
    rung = scored.rung;
    sure = scored.prediction.probability > 0 ? fmt::format("{:.2f}", scored.prediction.probability) : "";
  }
  return head + bold(fit(label.empty() ? "?" : label, kLabelColumns)) + fit(sure, 5) +
         tint(fit(rung, kRungColumns), colour_of_rung(rung)) + fit(outputs_of(decision), kOutputColumns) +
         dim(fit(opening_of(kept), kOpeningColumns));
}

void say_summary(const flow::Summary& s, const file::FlowFile& flow, const std::string& state) {
  say("");
  say(bold(fmt::format("{} version {}: {} taken in, {} decided in {:.1f} s", flow.name, flow.version, s.ingested,
                       s.decided, s.seconds)));
  if (s.duplicates > 0) say(fmt::format("  duplicates       {:>7}   seen before, not decided again", s.duplicates));
  if (s.dead_lettered > 0) say(fmt::format("  dead letters     {:>7}   see: fovea dead list", s.dead_lettered));
  if (s.late > 0) say(fmt::format("  late             {:>7}", s.late));
  if (s.dropped > 0) say(fmt::format("  dropped by rule  {:>7}", s.dropped));
  for (const auto& [rung, count] : s.rungs) {
    double share = s.decided > 0 ? 100.0 * static_cast<double>(count) / static_cast<double>(s.decided) : 0;
    say(fmt::format("  {} {:>7}   {:.1f} %", tint(fit("by " + rung, 16), colour_of_rung(rung)), count, share));
  }
  if (s.for_human > 0) say(fmt::format("  sent to a person {:>7}   see: fovea queue list", s.for_human));
  if (s.deadline_missed > 0) say(fmt::format("  past deadline    {:>7}", s.deadline_missed));
  if (s.committed + s.failed + s.undone + s.held > 0) {
    say(fmt::format("  effects          {:>7} committed, {} failed, {} undone, {} still held", s.committed, s.failed,
                    s.undone, s.held));
  }
  say(fmt::format("  latency          p50 {:.2f} ms, p95 {:.2f} ms, p99 {:.2f} ms, from intake to durable",
                  s.latency.percentile_us(50) / 1000, s.latency.percentile_us(95) / 1000,
                  s.latency.percentile_us(99) / 1000));
  if (!flow.cost.rungs.empty())
    say(fmt::format("  cost             {:.4f} {} by the flow's prices", s.cost, flow.cost.currency));
  say(dim("  state            " + state));
}

}  // namespace fovea::cli
