// A version on its way to serving: which keys it gets now, and whether what it showed lets it go a step further.
// A step lasts at least `every` and until the gate's samples are there; then all of the gate must hold, else it is
// rolled back. Errors over the gate's share (of at least 20 answers) end it at once. It is about one target (a version
// and its digest): another one begins at the first step.
// Pure but for a lock: time is passed in. Threads: every call from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "serve/inference/inference.h"
#include "serve/rollout/latency.h"
#include "serve/rollout/plan.h"

namespace fovea::rollout {

class Canary {
 public:
  Canary(CanaryPlan plan, std::string model) : plan_(std::move(plan)), model_(std::move(model)) {}

  // kDataLoss: the saved state is none.
  Result<void> restore(const Json& saved);
  JsonObject save() const;

  bool takes(std::string_view key) const { return is_chosen(key, model_, share_.load(std::memory_order_relaxed)); }
  void note(bool canary, bool failed, Nanos took);

  // `target`: what the version means now; empty: it does not serve, or is the primary itself. `agreement`: with the
  // primary on copies so far, of `compared` inputs. True: something changed that should be saved.
  bool judge(const std::string& target, uint64_t compared, double agreement, Nanos steady, TimePoint now);
  bool promoted() const { return promoted_.load(std::memory_order_relaxed); }

  inference::CanaryState state() const;
  const CanaryPlan& plan() const { return plan_; }

 private:
  enum class State { kWaiting, kRunning, kPromoted, kRolledBack };
  struct Side {
    uint64_t answered = 0, failed = 0;
    Latency latency;
  };

  void begin_step(size_t step, Nanos steady, TimePoint now);
  void roll_back(const std::string& why, TimePoint now);
  std::string failing(uint64_t compared, double agreement) const;  // what of the gate does not hold; empty: all does
  void tell(TimePoint now, const std::string& what);
  void set_share();

  const CanaryPlan plan_;
  const std::string model_;
  mutable std::mutex mutex_;
  State state_ = State::kWaiting;
  bool serves_ = false;
  std::string target_;
  size_t step_ = 0;
  std::optional<Nanos> since_;  // unset: restored, and not judged yet
  Side primary_, canary_;  // in this step
  std::vector<std::string> events_;
  std::atomic<double> share_{0};
  std::atomic<bool> promoted_{false};
};

}  // namespace fovea::rollout
