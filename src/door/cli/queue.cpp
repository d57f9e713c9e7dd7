#include "door/cli/queue.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/time_text.h"
#include "door/cli/change.h"
#include "door/cli/explain.h"
#include "door/cli/output.h"

namespace fovea::cli {
namespace {

constexpr size_t kReviewsShown = 200;

std::string guess_text(const Label& guess) {
  return guess.text.empty() ? "no guess" : fmt::format("{} {:.2f}", guess.text, guess.probability);
}

Result<int> list(const QueueOptions& options) {
  FOVEA_TRY(auto store, open_kept(options));
  FOVEA_TRY(auto reviews, store->reviews(options.queue, !options.all, INT64_MAX));
  TimePoint now = SystemClock().now();
  JsonArray out;
  size_t shown = 0;
  std::string first;
  for (const store::Review& review : reviews) {
    FOVEA_TRY(auto found, store->find(fmt::format("#{}", review.seq)));
    if (!found) continue;
    Label guess = label_of(found->decision);
    if (options.json) {
      out.push_back(JsonObject{{"seq", review.seq},
                               {"event_id", review.event_id},
                               {"queue", review.queue},
                               {"state", review.state},
                               {"opened", format_rfc3339(review.opened)},
                               {"guess", guess.text},
                               {"probability", guess.probability},
                               {"label", review.label},
                               {"by", review.by},
                               {"original", found->original}});
    }
    if (++shown > kReviewsShown) continue;
    if (first.empty() && review.state == "open") first = fmt::format("#{}", review.seq);
    std::string what = review.state == "open" ? fmt::format("{}?", guess_text(guess))
                                              : fmt::format("{} by {}", review.label, review.by);
    say(fmt::format("{:>6}  {} {} {} {} {}", fmt::format("#{}", review.seq), fit(short_name(*found), 18),
                    fit(review.queue, 10), fit(ago(now - review.opened), 8), fit(what, 24),
                    dim(fit(opening(*store, *found), 44))));
  }
  if (shown > kReviewsShown) say(dim(fmt::format("and {} more", shown - kReviewsShown)));
  if (shown == 0) say("nothing waits for a person");
  if (!first.empty() && !options.json) {
    say(dim(fmt::format("read one:   fovea queue show '{}'{}", first, options.options())));
    say(dim(fmt::format("answer it:  fovea queue resolve {} '{}' --label LABEL{}", options.flow_or_guess(), first,
                        options.options())));
  }
  if (options.json) answer(JsonObject{{"reviews", std::move(out)}});
  return kDone;
}

Result<int> resolve(const QueueOptions& options) {
  JsonObject body{{"do", "resolve"}, {"id", options.id}, {"label", options.label}, {"by", options.by}};
  FOVEA_TRY(Changed changed, change(options, body));
  const Json& said = changed.answer;
  std::string outputs = to_text(member(said, "outputs"));
  say(fmt::format("{}: {} by {}{}", text_or(member(said, "event_id"), ""), options.label, options.by,
                  changed.by_run ? ", kept by the running flow" : ""));
  say("  decided " + outputs);
  say_effects(changed.effects);
  if (options.json) {
    JsonObject json = said.as_object();
    JsonArray effects;
    for (const auto& effect : changed.effects) effects.push_back(effect_json(effect));
    json["effects"] = std::move(effects);
    answer(json);
  }
  bool failed =
      std::ranges::any_of(changed.effects, [](const auto& e) { return e.state == record::EffectState::kFailed; });
  return failed ? kFailed : kDone;
}

}  // namespace

int list_queue(const QueueOptions& options) {
  auto done = list(options);
  return done ? *done : report(done.error(), options.json);
}

int show_queued(const QueueOptions& options) {
  ExplainOptions explain;
  static_cast<StateOptions&>(explain) = options;
  explain.id = options.id;
  return explain_decision(explain);
}

int resolve_queued(QueueOptions options) {
  flow_first(options.flow, options.id);
  if (options.by.empty()) options.by = user_name();
  auto done = resolve(options);
  return done ? *done : report(done.error(), options.json);
}

}  // namespace fovea::cli
