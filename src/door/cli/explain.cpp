#include "door/cli/explain.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "door/cli/output.h"
#include "flow/review.h"
#include "trust/explain/explain.h"

namespace fovea::cli {
namespace {

size_t terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return std::clamp<size_t>(size.ws_col, explain::kWidthMin, 120);
  return 80;
}

explain::Colour terminal_colour() {
  if (!colours()) return explain::Colour::kNone;
  const char* depth = std::getenv("COLORTERM");
  bool true_colour = depth && (std::string_view(depth) == "truecolor" || std::string_view(depth) == "24bit");
  return true_colour ? explain::Colour::kTrue : explain::Colour::k256;
}

// The text that a focus map belongs to; without one, what the event said.
std::optional<std::string> scored_text(const record::Decision& decision, const flow::Remembered& kept) {
  if (kept.expired) return std::nullopt;
  for (const record::Scored& scored : decision.scored) {
    if (const Json* text = kept.texts.if_contains(scored.as)) return std::string(text_or(*text, ""));
  }
  const Json* event = kept.values.if_contains("event");
  std::string text;
  for (std::string_view name : {"subject", "text", "body", "title", "message"}) {
    std::string_view part = event ? text_or(member(*event, name), "") : "";
    if (!part.empty()) text += (text.empty() ? "" : "\n") + std::string(part);
  }
  return text.empty() ? std::nullopt : std::optional(text);
}

void say_next(const ExplainOptions& options, const store::Found& found, bool waits,
              const std::vector<record::Effect>& effects) {
  std::string id = shell_word(options.id), state = options.options();
  bool undoable = std::ranges::any_of(effects, [](const record::Effect& e) {
    return e.state == record::EffectState::kCommitted || e.state == record::EffectState::kHeld ||
           e.state == record::EffectState::kPending;
  });
  say(dim("next:"));
  say(dim(fmt::format("  prove it            fovea audit prove {}{}", id, state)));
  if (waits) {
    say(dim(fmt::format("  answer it           fovea queue resolve {} {} --label LABEL{}", options.flow_or_guess(), id,
                        state)));
  } else if (undoable) {
    say(dim(fmt::format("  take it back        fovea undo {} {} --dry-run{}", options.flow_or_guess(), id, state)));
  } else {
    say(dim(fmt::format("  decide it again     fovea replay {} --from {} --to {}{}", options.flow_or_guess(), found.seq,
                        found.seq, state)));
  }
}

Result<int> explain_kept(const ExplainOptions& options) {
  FOVEA_TRY(explain::Language language, explain::language_from_name(options.language));
  FOVEA_TRY(auto store, open_kept(options));
  FOVEA_TRY(store::Found found, find_decision(*store, options, options.id));
  FOVEA_TRY(record::Decision decision, flow::latest_decision(*store, found));
  FOVEA_TRY(flow::Remembered kept, flow::remember(*store, found, decision));
  FOVEA_TRY(auto effects, store->effects_of(found.seq));
  std::optional<std::string> text = scored_text(decision, kept);
  std::optional<std::string_view> view;
  if (text) view = *text;
  explain::Subject subject{decision, view, effects, found.leaf};
  bool reviewed = found.decision.for_human && !decision.for_human;
  std::string by;
  if (reviewed) {
    FOVEA_TRY(auto reviews, store->reviews("", false, SIZE_MAX));
    auto review = std::ranges::find(reviews, found.seq, &store::Review::seq);
    if (review != reviews.end()) by = review->by;
  }
  if (options.json) {
    Json json = explain::explain_json(subject, language);
    JsonObject& object = json.as_object();
    object["seq"] = found.seq;
    object["event_id"] = decision.event_id;
    object["original"] = found.original;
    if (reviewed) object["answered_by"] = by;
    answer(json);
    return kDone;
  }
  say(bold(fmt::format("#{}  {}", found.seq, short_name(found))) + dim("  " + found.original));
  if (reviewed)
    say(fmt::format("A person ({}) answered the question that the models left open: {}.", by, label_of(decision).text));
  say(explain::explain(subject, {terminal_colour(), terminal_width(), language}));
  say_next(options, found, decision.for_human, effects);
  return kDone;
}

}  // namespace

int explain_decision(const ExplainOptions& options) {
  auto done = explain_kept(options);
  return done ? *done : report(done.error(), options.json);
}

}  // namespace fovea::cli
