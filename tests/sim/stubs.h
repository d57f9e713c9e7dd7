// Stand-ins at the ports of the journey: models, effectors and the world that they change, sources. All behave as a
// script says, so that a case or a seed can have every fault.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "act/effector.h"
#include "base/clock.h"
#include "decide/ladder/ladder.h"
#include "stream/connectors/source.h"

namespace fovea::sim {

// What a stub model says of a text that contains `contains` (empty: of any). The first that fits answers.
struct ModelAnswer {
  std::string contains;
  ladder::Verdict verdict = ladder::Verdict::kSure;
  std::string label;
  double probability = 0.9;
  Nanos takes{0};
};

struct ModelScript {
  std::string rung = "linear";
  Nanos estimate{0};
  std::vector<ModelAnswer> answers;
};

std::unique_ptr<ladder::Rung> make_stub_model(ModelScript script, VirtualClock& clock);

// How one attempt of an effect goes. kLost: it happens and nobody hears of it. kSilent: it does not, and nobody can
// say.
enum class Attempt { kDone, kRetry, kFail, kLost, kUnheard, kSilent, kUnprepared };

// What effects without a file of their own have done to the world; outlives crashes of the program.
struct Remote {
  std::map<std::string, int> happened;            // by idempotency key
  std::map<std::string, int> undone;              // by idempotency key
  std::map<std::string, std::vector<int>> tries;  // by effect name: attempts of each key, for scripts
  std::map<std::string, int> attempts;            // by idempotency key
  std::vector<std::string> order;                 // of what happened: keys, "undo KEY"
  std::set<std::string> silent;                   // keys that nobody can say anything of
};

using AttemptScript = std::function<Attempt(const record::Effect& effect, int attempt)>;  // attempt from 0

// Does `inner` (null: notes it in `remote`) as the script says.
std::unique_ptr<act::Effector> make_scripted_effector(std::string kind, std::unique_ptr<act::Effector> inner,
                                                      Remote& remote, AttemptScript script);

// Planted: breaks the contract, so that a test can show that the simulator finds it.
std::unique_ptr<act::Effector> make_eager_effector(std::unique_ptr<act::Effector> inner);    // performs in prepare()
std::unique_ptr<act::Effector> make_amnesic_effector(std::unique_ptr<act::Effector> inner);  // reconciles to "not done"

// A fixed list of events, given in pieces; the cursor is the place in the list.
class ScriptedSource final : public connectors::Source {
 public:
  ScriptedSource(std::string name, const std::vector<record::Event>& events, size_t piece, size_t steps_back)
      : name_(std::move(name)), events_(events), piece_(piece), steps_back_(steps_back) {}
  const std::string& name() const override { return name_; }
  Result<connectors::Pulled> pull(size_t events_max, TimePoint now, Nanos wait) override;
  std::string cursor() const override { return std::to_string(at_); }
  Result<void> resume(std::string_view cursor) override;
  void acknowledge(std::string_view cursor, std::span<const connectors::Receipt> receipts) override;
  void stop() override { stopped_ = true; }
  size_t acknowledged() const { return acknowledged_; }

 private:
  std::string name_;
  const std::vector<record::Event>& events_;
  size_t piece_, steps_back_, at_ = 0, acknowledged_ = 0;
  std::atomic<bool> stopped_{false};
};

// Around a source: ends after its first events (so that a run is one turn), gives each event twice, or both.
struct Around {
  bool one_turn = false;
  bool twice = false;
};
class WrappedSource final : public connectors::Source {
 public:
  WrappedSource(std::unique_ptr<connectors::Source> inner, Around around) : inner_(std::move(inner)), around_(around) {}
  const std::string& name() const override { return inner_->name(); }
  Result<connectors::Pulled> pull(size_t events_max, TimePoint now, Nanos wait) override;
  std::string cursor() const override { return inner_->cursor(); }
  Result<void> resume(std::string_view cursor) override { return inner_->resume(cursor); }
  void acknowledge(std::string_view cursor, std::span<const connectors::Receipt> receipts) override;
  void stop() override { inner_->stop(); }
  bool exhausted() const { return exhausted_; }  // the inner one
  size_t pulled() const { return pulled_; }      // events of the inner one

 private:
  std::unique_ptr<connectors::Source> inner_;
  Around around_;
  std::atomic<bool> exhausted_{false};
  std::atomic<size_t> pulled_{0};
};

}  // namespace fovea::sim
