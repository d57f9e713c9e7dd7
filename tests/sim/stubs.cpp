#include "tests/sim/stubs.h"

#include "base/check.h"

namespace fovea::sim {
namespace {

class StubModel final : public ladder::Rung {
 public:
  StubModel(ModelScript script, VirtualClock& clock) : script_(std::move(script)), clock_(clock) {}
  std::string name() const override { return script_.rung; }
  size_t group_max() const override { return 4; }
  Nanos estimate(std::string_view) const override { return script_.estimate; }

  std::vector<ladder::Answer> answer(std::span<const ladder::Item> items, const Clock&) override {
    std::vector<ladder::Answer> answers;
    for (const ladder::Item& item : items) answers.push_back(say(item));
    return answers;
  }

 private:
  ladder::Answer say(const ladder::Item& item) {
    for (const ModelAnswer& answer : script_.answers) {
      if (item.text.find(answer.contains) == std::string_view::npos) continue;
      clock_.advance(answer.takes);
      ladder::Answer out{answer.verdict, {}, std::string("the stub is ") + std::string(verdict_name(answer.verdict))};
      if (answer.verdict == ladder::Verdict::kFailed || answer.verdict == ladder::Verdict::kLate) return out;
      out.prediction.label = answer.label;
      out.prediction.probability = answer.probability;
      out.prediction.margin = answer.probability / 2;
      out.prediction.outside = answer.verdict == ladder::Verdict::kOutside;
      out.prediction.model = "5tub";
      out.prediction.scores = {{answer.label, answer.probability}};
      return out;
    }
    return {ladder::Verdict::kUnsure, {}, "the stub has no answer"};
  }

  ModelScript script_;
  VirtualClock& clock_;
};

record::Outcome outcome(record::Outcome::Kind kind, std::string error) {
  return {kind, {}, std::move(error), Nanos(0)};
}

class RemoteEffector final : public act::Effector {
 public:
  RemoteEffector(std::string kind, Remote& remote) : kind_(std::move(kind)), remote_(remote) {}
  std::string_view kind() const override { return kind_; }
  Result<void> check(const Json&) const override { return {}; }
  Result<std::vector<Json>> prepare(std::span<const record::Effect> effects) override {
    return std::vector<Json>(effects.size());
  }
  std::vector<record::Outcome> perform(std::span<const record::Effect> effects) override {
    std::vector<record::Outcome> out;
    for (const record::Effect& effect : effects) {
      ++remote_.happened[effect.key];
      remote_.order.push_back(effect.key);
      out.push_back({record::Outcome::Kind::kDone, JsonObject{{"status", 200}, {"id", "r-" + effect.key}}, "", {}});
    }
    return out;
  }
  std::vector<record::Outcome> reconcile(std::span<const record::Effect> effects) override {
    std::vector<record::Outcome> out;
    for (const record::Effect& effect : effects) {
      bool there = remote_.happened.contains(effect.key);
      out.push_back(there ? record::Outcome{record::Outcome::Kind::kDone, JsonObject{{"status", 200}}, "", {}}
                          : outcome(record::Outcome::Kind::kRetry, "the other side knows nothing of it"));
    }
    return out;
  }
  record::Outcome undo(const record::Effect& effect) override {
    ++remote_.undone[effect.key];
    remote_.order.push_back("undo " + effect.key);
    return {};
  }

 private:
  std::string kind_;
  Remote& remote_;
};

class ScriptedEffector final : public act::Effector {
 public:
  ScriptedEffector(std::unique_ptr<act::Effector> inner, Remote& remote, AttemptScript script)
      : inner_(std::move(inner)), remote_(remote), script_(std::move(script)) {}
  std::string_view kind() const override { return inner_->kind(); }
  Result<void> check(const Json& arguments) const override { return inner_->check(arguments); }

  Result<std::vector<Json>> prepare(std::span<const record::Effect> effects) override {
    for (const record::Effect& effect : effects) {
      if (script_(effect, effect.attempts) == Attempt::kUnprepared)
        return fail(Code::kUnavailable, "the stub cannot prepare", effect.key);
    }
    return inner_->prepare(effects);
  }

  std::vector<record::Outcome> perform(std::span<const record::Effect> effects) override {
    std::vector<record::Outcome> out(effects.size());
    std::vector<record::Effect> done;
    std::vector<size_t> places;
    for (size_t i = 0; i < effects.size(); ++i) {
      Attempt attempt = script_(effects[i], remote_.attempts[effects[i].key]++);
      if (attempt == Attempt::kRetry || attempt == Attempt::kUnprepared) {
        out[i] = outcome(record::Outcome::Kind::kRetry, "the stub is busy");
      } else if (attempt == Attempt::kFail) {
        out[i] = outcome(record::Outcome::Kind::kFailed, "the stub refuses");
      } else if (attempt == Attempt::kUnheard) {
        out[i] = outcome(record::Outcome::Kind::kUnknown, "the stub did not answer");
      } else if (attempt == Attempt::kSilent) {
        out[i] = outcome(record::Outcome::Kind::kUnknown, "the stub did not answer");
        remote_.silent.insert(effects[i].key);
      } else {
        done.push_back(effects[i]);
        places.push_back(i);
        if (attempt == Attempt::kLost) lost_.insert(effects[i].key);
      }
    }
    auto inner = inner_->perform(done);
    for (size_t k = 0; k < done.size(); ++k) {
      bool unheard = lost_.erase(done[k].key) > 0;
      out[places[k]] = unheard ? outcome(record::Outcome::Kind::kUnknown, "the answer was lost") : std::move(inner[k]);
    }
    return out;
  }

  std::vector<record::Outcome> reconcile(std::span<const record::Effect> effects) override {
    auto out = inner_->reconcile(effects);
    for (size_t i = 0; i < effects.size(); ++i) {
      if (remote_.silent.contains(effects[i].key))
        out[i] = outcome(record::Outcome::Kind::kUnknown, "the stub says nothing");
    }
    return out;
  }
  record::Outcome undo(const record::Effect& effect) override { return inner_->undo(effect); }

 private:
  std::unique_ptr<act::Effector> inner_;
  Remote& remote_;
  AttemptScript script_;
  std::set<std::string> lost_;
};

// Breaks the contract in one of two ways.
class BadEffector final : public act::Effector {
 public:
  BadEffector(std::unique_ptr<act::Effector> inner, bool eager) : inner_(std::move(inner)), eager_(eager) {}
  std::string_view kind() const override { return inner_->kind(); }
  Result<void> check(const Json& arguments) const override { return inner_->check(arguments); }
  Result<std::vector<Json>> prepare(std::span<const record::Effect> effects) override {
    auto prepared = inner_->prepare(effects);
    if (eager_) outcomes_ = inner_->perform(effects);
    return prepared;
  }
  std::vector<record::Outcome> perform(std::span<const record::Effect> effects) override {
    if (!eager_) return inner_->perform(effects);
    return std::vector<record::Outcome>(effects.size());
  }
  std::vector<record::Outcome> reconcile(std::span<const record::Effect> effects) override {
    if (eager_) return inner_->reconcile(effects);
    return std::vector<record::Outcome>(effects.size(), outcome(record::Outcome::Kind::kRetry, "forgotten"));
  }
  record::Outcome undo(const record::Effect& effect) override { return inner_->undo(effect); }

 private:
  std::unique_ptr<act::Effector> inner_;
  bool eager_;
  std::vector<record::Outcome> outcomes_;
};

}  // namespace

std::unique_ptr<ladder::Rung> make_stub_model(ModelScript script, VirtualClock& clock) {
  return std::make_unique<StubModel>(std::move(script), clock);
}

std::unique_ptr<act::Effector> make_scripted_effector(std::string kind, std::unique_ptr<act::Effector> inner,
                                                      Remote& remote, AttemptScript script) {
  if (!inner) inner = std::make_unique<RemoteEffector>(std::move(kind), remote);
  return std::make_unique<ScriptedEffector>(std::move(inner), remote, std::move(script));
}

std::unique_ptr<act::Effector> make_eager_effector(std::unique_ptr<act::Effector> inner) {
  return std::make_unique<BadEffector>(std::move(inner), true);
}

std::unique_ptr<act::Effector> make_amnesic_effector(std::unique_ptr<act::Effector> inner) {
  return std::make_unique<BadEffector>(std::move(inner), false);
}

Result<connectors::Pulled> ScriptedSource::pull(size_t events_max, TimePoint now, Nanos) {
  connectors::Pulled out;
  size_t count = std::min({events_max, piece_, events_.size() - at_});
  for (size_t i = 0; i < count; ++i) {
    out.events.push_back(events_[at_ + i]);
    out.events.back().received = now;
  }
  at_ += count;
  out.exhausted = stopped_ || at_ == events_.size();
  return out;
}

Result<void> ScriptedSource::resume(std::string_view cursor) {
  auto at = static_cast<size_t>(std::strtoull(std::string(cursor).c_str(), nullptr, 10));
  FOVEA_CHECK(at <= events_.size());
  at_ = at - std::min(at, steps_back_);  // a source may give again what it gave
  return {};
}

void ScriptedSource::acknowledge(std::string_view cursor, std::span<const connectors::Receipt>) {
  auto at = static_cast<size_t>(std::strtoull(std::string(cursor).c_str(), nullptr, 10));
  FOVEA_CHECK(at <= at_);
  acknowledged_ = std::max(acknowledged_, at);
}

Result<connectors::Pulled> WrappedSource::pull(size_t events_max, TimePoint now, Nanos wait) {
  FOVEA_TRY(auto out, inner_->pull(events_max, now, wait));
  pulled_ += out.events.size();
  if (out.exhausted) exhausted_ = true;
  if (around_.twice) {
    std::vector<record::Event> doubled;
    for (record::Event& event : out.events) {
      doubled.push_back(event);
      doubled.push_back(std::move(event));
    }
    out.events = std::move(doubled);
  }
  if (around_.one_turn && !out.events.empty()) out.exhausted = true;
  return out;
}

void WrappedSource::acknowledge(std::string_view cursor, std::span<const connectors::Receipt> receipts) {
  if (!around_.twice) return inner_->acknowledge(cursor, receipts);
  std::vector<connectors::Receipt> halved;
  for (size_t i = 0; i < receipts.size(); i += 2) halved.push_back(receipts[i]);
  inner_->acknowledge(cursor, halved);
}

}  // namespace fovea::sim
