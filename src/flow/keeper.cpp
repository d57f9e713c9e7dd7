// The keeping half of the runner: transactions, effects, checkpoints.
#include <fmt/format.h>

#include <algorithm>

#include "flow/limits.h"
#include "flow/proof.h"
#include "flow/runner.h"

namespace fovea::flow {

Result<void> Runner::keep_loop() {
  for (;;) {
    Passed passed;
    bool have = false, drained = false;
    {
      std::unique_lock lock(mutex_);
      if (ports_.threads && decided_.empty() && !no_more_ && changes_.empty() && from_network_.empty()) {
        moved_.wait_for(lock, kPullWait);
      }
      if (error_) return {};
      if (!decided_.empty()) {
        passed = std::move(decided_.front());
        decided_.pop_front();
        have = true;
        moved_.notify_all();
      }
      drained = no_more_ && decided_.empty() && !have;
    }
    if (have) {
      FOVEA_OK(keep(std::move(passed)));
    }
    FOVEA_TRY(bool acted, act_on_due());
    FOVEA_TRY(bool served, serve_requests());
    FOVEA_OK(prove(false));
    if (!drained || acted || served) continue;
    FOVEA_TRY(bool ended, settled());
    if (ended) return {};
    FOVEA_TRY(Nanos wait, until_due());
    if (ports_.threads) {
      std::unique_lock lock(mutex_);
      if (from_network_.empty() && !error_) moved_.wait_for(lock, std::min<Nanos>(wait, kPullWait));
    } else {
      ports_.clock.sleep(wait);
    }
  }
}

Result<void> Runner::keep(Passed passed) {
  std::vector<record::Effect> begun;
  collect_network(passed.turn);
  FOVEA_OK(act_on(passed.turn, begun));
  count(passed.turn, passed.intake);
  std::vector<record::Leaf> leaves;
  for (store::Kept& kept : passed.turn.events) {
    if (kept.proof) leaves.push_back({static_cast<uint64_t>(kept.proof->index), kept.proof->leaf});
  }
  FOVEA_OK(ports_.log.append(leaves));
  if (ports_.tap) ports_.tap->kept(passed.turn);
  if (ports_.source.wants_verdicts()) give_verdicts(passed);
  {
    // It is durable: its clients need not wait until its effects are done.
    std::lock_guard lock(mutex_);
    for (const auto& receipt : passed.receipts) in_flight_.erase(receipt.id);
    done_.push_back(std::move(passed));
  }
  changes_ = actor_.perform(begun);
  note_unknown(changes_);
  return {};
}

// The receipts of a turn that is kept, and nobody else needs any more, tell what became of its events.
void Runner::give_verdicts(Passed& passed) const {
  auto kept = passed.turn.events.begin();
  for (connectors::Receipt& receipt : passed.receipts) {
    if (receipt.duplicate) continue;
    auto verdict = std::make_shared<record::Verdict>();
    verdict->event_id = kept->event.id;
    verdict->source = kept->event.source;
    verdict->flow = ports_.journey.flow().name;
    verdict->fate = store::fate_name(kept->fate);
    verdict->seq = kept->seq;
    if (kept->proof) verdict->leaf = kept->proof->index;
    verdict->decision = std::move(kept->decision);
    for (const record::Effect& effect : kept->effects) {
      verdict->effects.push_back({effect.name, effect.kind, effect.key, std::string(state_name(effect.state))});
    }
    if (kept->dead) verdict->cause = kept->dead->cause, verdict->hint = kept->dead->hint;
    receipt.verdict = std::move(verdict);
    ++kept;
  }
}

// Notes the effects that are done right after the commit as attempted, and commits.
Result<void> Runner::act_on(store::Turn& turn, std::vector<record::Effect>& begun) {
  turn.effect_changes.insert(turn.effect_changes.end(), std::make_move_iterator(changes_.begin()),
                             std::make_move_iterator(changes_.end()));
  changes_.clear();
  std::vector<record::Effect*> now_due;
  for (store::Kept& kept : turn.events) {
    for (record::Effect& effect : kept.effects) {
      bool now = effect.state == record::EffectState::kPending && !Actor::slow(effect.kind);
      if (now && now_due.size() < kEffectsPerTurnMax) now_due.push_back(&effect);
    }
  }
  std::vector<store::EffectChange> unprepared;
  actor_.begin(now_due, unprepared);  // an effect that cannot be prepared stays pending and is tried when it is due
  FOVEA_OK(ports_.store.commit(turn));
  for (store::Kept& kept : turn.events) {
    for (record::Effect& effect : kept.effects) {
      effect.seq = kept.seq;
      if (effect.id != 0 && effect.state == record::EffectState::kAttempted) begun.push_back(effect);
    }
  }
  return {};
}

// Effects whose time has come: retries, ends of holds, calls over the network; and what the last ones came to.
Result<bool> Runner::act_on_due() {
  store::Turn turn;
  turn.now = ports_.clock.now();
  collect_network(turn);
  FOVEA_OK(ask_again(turn));
  FOVEA_TRY(auto due, ports_.store.open_effects(turn.now, kEffectsPerTurnMax));
  std::vector<record::Effect*> chosen;
  size_t calls = 0;
  {
    std::lock_guard lock(mutex_);
    calls = at_network_;
    // What the last effects came to is kept with the turn that waits already: one commit less.
    if (due.empty() && turn.effect_changes.empty() && !decided_.empty()) return false;
  }
  std::vector<record::Effect> begun, network;
  for (record::Effect& effect : due) {
    bool undoing = effect.state == record::EffectState::kUndoing;
    bool over_network = ports_.threads && Actor::slow(undoing ? Actor::undo_kind(effect) : effect.kind);
    if (over_network && ++calls > kAtNetworkMax) continue;
    if (!undoing) {
      chosen.push_back(&effect);
    } else if (!over_network) {
      turn.effect_changes.push_back(actor_.undo(effect));
    } else if (undoing_.insert(effect.id).second) {
      network.push_back(effect);
    }
  }
  std::vector<store::EffectChange> unprepared;
  actor_.begin(chosen, unprepared);
  for (record::Effect& effect : due) {
    if (effect.state != record::EffectState::kAttempted) continue;
    turn.effect_changes.push_back({effect.id,
                                   effect.seq,
                                   effect.state,
                                   effect.attempts,
                                   effect.not_before,
                                   effect.last_error,
                                   effect.outcome,
                                   {},
                                   {}});
    (Actor::slow(effect.kind) && ports_.threads ? network : begun).push_back(std::move(effect));
  }
  turn.effect_changes.insert(turn.effect_changes.end(), changes_.begin(), changes_.end());
  turn.effect_changes.insert(turn.effect_changes.end(), unprepared.begin(), unprepared.end());
  changes_.clear();
  if (turn.effect_changes.empty() && network.empty()) return false;
  if (!turn.effect_changes.empty()) {
    FOVEA_OK(ports_.store.commit(turn));
    count(turn, Nanos(0));
    if (ports_.tap) ports_.tap->kept(turn);
  }
  hand_to_network(std::move(network), false);
  changes_ = actor_.perform(begun);
  note_unknown(changes_);
  return true;
}

void Runner::note_unknown(std::span<const store::EffectChange> changes) {
  for (const store::EffectChange& change : changes) {
    if (change.state == record::EffectState::kAttempted) unknown_[change.id] = change.not_before;
  }
}

// Effects of which nobody could say whether they happened, because the place to ask could not be reached.
Result<void> Runner::ask_again(store::Turn& turn) {
  std::vector<record::Effect> asked, over_network;
  for (auto it = unknown_.begin(); it != unknown_.end() && asked.size() < kEffectsPerTurnMax;) {
    bool waits_to_be_kept = std::ranges::any_of(changes_, [&](const auto& change) { return change.id == it->first; });
    if (it->second > turn.now || waits_to_be_kept) {
      ++it;
      continue;
    }
    FOVEA_TRY(auto effect, ports_.store.effect(it->first));
    it = unknown_.erase(it);
    if (!effect || effect->state != record::EffectState::kAttempted) continue;
    (Actor::slow(effect->kind) && ports_.threads ? over_network : asked).push_back(std::move(*effect));
  }
  hand_to_network(std::move(over_network), true);
  if (asked.empty()) return {};
  auto changes = actor_.recover(asked);
  note_unknown(changes);
  turn.effect_changes.insert(turn.effect_changes.end(), changes.begin(), changes.end());
  return {};
}

// How long nothing comes due by itself, at least kSettleWait.
Result<Nanos> Runner::until_due() {
  constexpr Nanos kLongest = std::chrono::hours(1);
  TimePoint now = ports_.clock.now();
  FOVEA_TRY(auto next, ports_.store.next_effect_time());
  for (const auto& [id, time] : unknown_) next = next ? std::min(*next, time) : time;
  Nanos wait = next ? *next - now : Nanos(kSettleWait);
  return std::clamp<Nanos>(wait, kSettleWait, kLongest);
}

// What other commands ask for. Effects of theirs are open afterwards and driven like all others.
Result<bool> Runner::serve_requests() {
  if (ports_.requests == nullptr) return false;
  Nanos now = ports_.clock.steady();
  if (requests_at_.count() > 0 && now - requests_at_ < Nanos(kRequestsEvery)) return false;
  requests_at_ = now;
  auto requests = ports_.requests->take(ports_.clock.now());
  if (requests.empty()) return false;
  store::Turn turn;  // what is known of effects goes first: an undo looks at their states
  turn.now = ports_.clock.now();
  turn.effect_changes = std::move(changes_);
  changes_.clear();
  if (!turn.empty()) FOVEA_OK(ports_.store.commit(turn));
  count(turn, Nanos(0));
  std::lock_guard deciding(journey_mutex_);
  Desk desk{ports_.clock, ports_.store, ports_.log, ports_.effectors, &ports_.journey};
  for (const Request& request : requests) {
    auto answer = serve(desk, request.body);
    ports_.requests->answer(request.id, answer, ports_.clock.now());
    if (!answer || !ports_.tap) continue;
    ports_.tap->notice(fmt::format("{} of #{} was asked for and kept", text_or(member(request.body, "do"), ""),
                                   number_or(member(*answer, "seq"), 0)));
  }
  return true;
}

void Runner::count(const store::Turn& turn, Nanos intake) {
  Nanos now = ports_.clock.steady();
  summary_.duplicates += turn.duplicates;
  for (const store::Kept& kept : turn.events) {
    summary_.add(kept, ports_.journey.flow().cost);
    if (kept.fate == store::Fate::kDecided)
      summary_.latency.add(std::chrono::duration_cast<std::chrono::microseconds>(now - intake).count());
  }
  for (const store::EffectChange& change : turn.effect_changes) {
    summary_.committed += change.state == record::EffectState::kCommitted;
    summary_.failed += change.state == record::EffectState::kFailed;
    summary_.undone += change.state == record::EffectState::kUndone;
  }
}

Result<void> Runner::prove(bool last) {
  Nanos now = ports_.clock.steady();
  if (!last && now - checkpoint_at_ < Nanos(kCheckpointEvery)) return {};
  checkpoint_at_ = now;
  return ports_.log.publish();
}

// After a start: leaves that were kept but not yet proven, effects whose attempt was cut off.
Result<void> Runner::recover() {
  if (ports_.requests) ports_.requests->sweep(ports_.clock.now());
  FOVEA_OK(feed_log(ports_.store, ports_.log));
  FOVEA_TRY(auto cut_off, ports_.store.attempted_effects());
  if (cut_off.empty()) return {};
  store::Turn turn;
  turn.now = ports_.clock.now();
  turn.effect_changes = actor_.recover(cut_off);
  note_unknown(turn.effect_changes);
  FOVEA_OK(ports_.store.commit(turn));
  count(turn, Nanos(0));
  return {};
}

// Nothing under way and nothing that will come due by itself soon: a run with `once` may end. Held effects stay for a
// later run.
Result<bool> Runner::settled() {
  {
    std::lock_guard lock(mutex_);
    if (at_network_ > 0) return false;
  }
  if (!changes_.empty()) return false;
  if (ports_.once && !stopping_ && !unknown_.empty()) return false;
  if (!ports_.once || stopping_) return true;
  FOVEA_TRY(bool pending, ports_.store.any_pending());
  return !pending;
}

// ---- the network thread

void Runner::hand_to_network(std::vector<record::Effect> effects, bool ask) {
  std::lock_guard lock(mutex_);
  at_network_ += effects.size();
  for (record::Effect& effect : effects) to_network_.push_back({std::move(effect), ask});
  moved_.notify_all();
}

void Runner::collect_network(store::Turn& turn) {
  std::lock_guard lock(mutex_);
  at_network_ -= from_network_.size();
  note_unknown(from_network_);
  for (store::EffectChange& change : from_network_) {
    undoing_.erase(change.id);
    turn.effect_changes.push_back(std::move(change));
  }
  from_network_.clear();
}

void Runner::network_loop() {
  for (;;) {
    Call next;
    {
      std::unique_lock lock(mutex_);
      moved_.wait(lock, [&] { return !to_network_.empty() || network_ends_; });
      if (to_network_.empty()) return;
      next = std::move(to_network_.front());
      to_network_.pop_front();
    }
    std::span<const record::Effect> one(&next.effect, 1);
    bool undoing = next.effect.state == record::EffectState::kUndoing;
    auto changes = undoing    ? std::vector{network_actor_.undo(next.effect)}
                   : next.ask ? network_actor_.recover(one)
                              : network_actor_.perform(one);
    std::lock_guard lock(mutex_);
    for (store::EffectChange& change : changes) from_network_.push_back(std::move(change));
    moved_.notify_all();
  }
}

}  // namespace fovea::flow
