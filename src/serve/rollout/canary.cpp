#include "serve/rollout/canary.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/time_text.h"
#include "serve/rollout/limits.h"

namespace fovea::rollout {
namespace {

constexpr uint64_t kErrorsLookedAtFrom = 20;  // answers
constexpr std::string_view kStates[] = {"waiting", "running", "promoted", "rolled back"};

double share_of(uint64_t part, uint64_t all) {
  return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
}

double ms(Nanos time) {
  return static_cast<double>(time.count()) / 1e6;
}

}  // namespace

void Canary::set_share() {
  const double share = state_ == State::kRunning ? plan_.steps[step_] : state_ == State::kPromoted ? 1 : 0;
  share_ = serves_ ? share : 0;
  promoted_ = state_ == State::kPromoted;
}

void Canary::tell(TimePoint now, const std::string& what) {
  events_.push_back(format_rfc3339({now.ns / 1'000'000'000 * 1'000'000'000}) + " " + what);
  if (events_.size() > kEventsMax) events_.erase(events_.begin());
}

void Canary::begin_step(size_t step, Nanos steady, TimePoint now) {
  state_ = State::kRunning;
  step_ = step;
  since_ = steady;
  primary_ = canary_ = {};
  tell(now, fmt::format("step {} of {}: {:.4g} % of keys to {}", step + 1, plan_.steps.size(), plan_.steps[step] * 100,
                        target_));
}

void Canary::roll_back(const std::string& why, TimePoint now) {
  state_ = State::kRolledBack;
  tell(now, fmt::format("rolled back from step {}: {}", step_ + 1, why));
}

void Canary::note(bool canary, bool failed, Nanos took) {
  std::lock_guard lock(mutex_);
  if (state_ != State::kRunning) return;
  Side& side = canary ? canary_ : primary_;
  ++side.answered;
  side.failed += failed;
  if (!failed) side.latency.add(took);
}

std::string Canary::failing(uint64_t compared, double agreement) const {
  const Gate& gate = plan_.gate;
  const double errors = share_of(canary_.failed, canary_.answered);
  if (errors > gate.errors)
    return fmt::format("{:.3g} % of answers failed, at most {:.3g} %", errors * 100, gate.errors * 100);
  const Nanos p99 = canary_.latency.percentile(0.99), primary = primary_.latency.percentile(0.99);
  if (gate.p99.count() > 0 && p99 > gate.p99)
    return fmt::format("p99 {:.3g} ms, at most {:.3g} ms", ms(p99), ms(gate.p99));
  if (gate.p99_ratio > 0 && primary.count() > 0 && ms(p99) > gate.p99_ratio * ms(primary))
    return fmt::format("p99 {:.3g} ms, at most {:.3g} times the primary's {:.3g} ms", ms(p99), gate.p99_ratio,
                       ms(primary));
  if (gate.agreement > 0 && agreement < gate.agreement)
    return fmt::format("{:.4g} % of {} compared answers agree, at least {:.4g} %", agreement * 100, compared,
                       gate.agreement * 100);
  return "";
}

bool Canary::judge(const std::string& target, uint64_t compared, double agreement, Nanos steady, TimePoint now) {
  std::lock_guard lock(mutex_);
  serves_ = !target.empty();
  const size_t told = events_.size();
  const State before = state_;
  const size_t step = step_;
  if (serves_ && target != target_) {
    target_ = target;
    begin_step(0, steady, now);
    set_share();
    return true;
  }
  if (!serves_ || state_ != State::kRunning) {
    set_share();
    return false;
  }
  if (!since_) since_ = steady;
  if (canary_.answered >= kErrorsLookedAtFrom && share_of(canary_.failed, canary_.answered) > plan_.gate.errors) {
    roll_back(failing(compared, agreement), now);
  } else if (steady - *since_ >= plan_.every && canary_.answered >= plan_.gate.samples &&
             (plan_.gate.agreement <= 0 || compared >= plan_.gate.samples)) {
    if (const std::string why = failing(compared, agreement); !why.empty()) {
      roll_back(why, now);
    } else if (step_ + 1 < plan_.steps.size()) {
      begin_step(step_ + 1, steady, now);
    } else {
      state_ = State::kPromoted;
      tell(now, "promoted: " + target_);
    }
  }
  set_share();
  return before != state_ || step != step_ || told != events_.size();
}

JsonObject Canary::save() const {
  std::lock_guard lock(mutex_);
  return {{"target", target_},
          {"state", kStates[static_cast<size_t>(state_)]},
          {"step", static_cast<int64_t>(step_)},
          {"events", JsonArray(events_.begin(), events_.end())}};
}

Result<void> Canary::restore(const Json& saved) {
  std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(kStates, text_or(member(saved, "state"), ""));
  const auto* step = member(saved, "step").if_int64();
  const auto* events = member(saved, "events").if_array();
  if (found == std::end(kStates) || !step || *step < 0 || !events || events->size() > kEventsMax)
    return fail(Code::kDataLoss, fmt::format("what it says of the canary of '{}' is no state of one", model_));
  target_ = text_or(member(saved, "target"), "");
  state_ = static_cast<State>(found - std::begin(kStates));
  step_ = std::min(static_cast<size_t>(*step), plan_.steps.size() - 1);  // the plan may have fewer now
  for (const Json& each : *events) events_.emplace_back(text_or(each, ""));
  set_share();  // nothing yet: judge() says whether it serves
  return {};
}

inference::CanaryState Canary::state() const {
  std::lock_guard lock(mutex_);
  inference::CanaryState out;
  out.version = plan_.version;
  out.state = serves_ ? kStates[static_cast<size_t>(state_)] : "waiting";
  out.step = state_ == State::kRunning ? step_ + 1 : 0;
  out.steps = plan_.steps.size();
  out.share = share_;
  out.answered = canary_.answered;
  out.failed = canary_.failed;
  out.p99 = canary_.latency.percentile(0.99);
  out.primary_p99 = primary_.latency.percentile(0.99);
  out.events = events_;
  return out;
}

}  // namespace fovea::rollout
