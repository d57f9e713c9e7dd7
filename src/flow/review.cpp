#include "flow/review.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "flow/proof.h"
#include "trust/audit/leaf.h"

namespace fovea::flow {
namespace {

Result<store::Found> waiting(store::Store& store, const std::string& id) {
  FOVEA_TRY(auto found, store.find(id));
  if (!found) return fail(Code::kNotFound, "no decision with the id '" + id + "'", "", "see 'fovea queue list'");
  FOVEA_TRY(auto open, store.reviews("", false, SIZE_MAX));
  auto review = std::ranges::find(open, found->seq, &store::Review::seq);
  if (review == open.end())
    return fail(Code::kFailedPrecondition, fmt::format("event '{}' does not wait for a person", id), "",
                "see 'fovea queue list'");
  if (review->state != "open")
    return fail(Code::kFailedPrecondition,
                fmt::format("the review of '{}' was answered already: {} by {}", id, review->label, review->by), "",
                "take its effects back with 'fovea undo'");
  return std::move(*found);
}

}  // namespace

Result<record::Decision> latest_decision(store::Store& store, const store::Found& found) {
  FOVEA_TRY(auto reviewed, store.reviewed(found.seq));
  return reviewed ? std::move(*reviewed) : found.decision;
}

Result<Remembered> remember(store::Store& store, const store::Found& found, const record::Decision& decision) {
  FOVEA_TRY(auto payload, store.payload(found.payload_digest));
  Remembered out;
  Json json;
  if (payload) {
    FOVEA_TRY(json, parse_json(*payload));
    if (const auto* texts = member(json, "texts").if_object()) out.texts = *texts;
  }
  out.expired = !payload;
  out.values = context_of(decision, json);
  return out;
}

Result<Resolved> resolve_review(const Desk& desk, const Answer& answer) {
  FOVEA_CHECK(desk.journey != nullptr);
  if (answer.label.empty())
    return fail(Code::kInvalidArgument, "the answer has no label", "--label", "say what the message is");
  FOVEA_TRY(store::Found found, waiting(desk.store, answer.id));
  if (found.decision.flow != desk.journey->flow().name)
    return fail(Code::kFailedPrecondition,
                fmt::format("event '{}' belongs to the flow '{}'", answer.id, found.decision.flow),
                desk.journey->flow().path, "name the file of that flow");
  FOVEA_TRY(Remembered remembered, remember(desk.store, found, found.decision));
  if (remembered.expired)
    return fail(Code::kFailedPrecondition, fmt::format("the payload of '{}' has expired", answer.id), "",
                "keep payloads for longer than reviews take: `keep: { payloads: 30d }`");
  TimePoint now = desk.clock.now();
  Traveller t;
  t.event.id = found.decision.event_id, t.event.source = found.decision.source, t.event.key = found.decision.key;
  t.event.time = found.decision.event_time, t.event.original = found.original;
  t.values = std::move(remembered.values);
  t.decision = found.decision;
  t.intake = desk.clock.steady();
  desk.journey->decide_reviewed(t, answer.label, now);
  if (t.fate == store::Fate::kDead)
    return fail(Code::kFailedPrecondition, "the flow cannot decide on this label: " + t.dead->cause, "", t.dead->hint);
  if (t.decision.for_human)
    return fail(Code::kFailedPrecondition, "the flow asks a person for a second score of the same event", "",
                "let only the last `score` of a flow end in `human`");
  store::Resolution resolution;
  resolution.seq = found.seq, resolution.by = answer.by, resolution.label = answer.label, resolution.at = now;
  t.decision.flow_version = desk.journey->flow().version, t.decision.flow_digest = desk.journey->flow().flow_digest;
  t.decision.decided_at = now;
  if (t.fate == store::Fate::kDecided) resolution.effects = desk.journey->intend(t, now);
  if (t.dead) return fail(Code::kFailedPrecondition, t.dead->cause, "", t.dead->hint);
  std::string salt = audit::make_salt();
  resolution.proof = store::Proof{audit::make_leaf(t.decision, salt, found.payload_digest, audit::LeafKind::kReview,
                                                   review_detail(answer.by, answer.label))
                                      .bytes,
                                  salt};
  resolution.decision = std::move(t.decision);
  store::Turn turn;
  turn.now = now;
  turn.resolutions.push_back(std::move(resolution));
  FOVEA_OK(desk.store.commit(turn));
  FOVEA_OK(feed_log(desk.store, desk.log));
  store::Resolution& kept = turn.resolutions.front();
  return Resolved{kept.seq, kept.proof->index, std::move(kept.decision)};
}

}  // namespace fovea::flow
