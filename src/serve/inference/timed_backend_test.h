// A backend of texts whose groups take what a cost model says: on a virtual clock that it moves on, or in fact.
#pragma once

#include <atomic>
#include <stdexcept>

#include "base/clock.h"
#include "serve/inference/backend.h"
#include "serve/inference/measure_texts.h"
#include "serve/schedule/cost_model.h"

namespace fovea::inference {

// All the time on a virtual clock is its reader's.
inline Stopwatch virtual_watch(const VirtualClock& clock) {
  return {clock, [&clock] { return 1e-9 * static_cast<double>(clock.steady().count()); }};
}

class TimedBackend final : public Backend {
 public:
  // `clock`: null: it spends the time.
  TimedBackend(VirtualClock* clock, const schedule::CostModel& cost, int64_t tokens_max = 512)
      : clock_(clock), cost_(cost) {
    model_.info.name = "timed";
    model_.info.tokens_max = tokens_max;
  }
  const Model& model() const override { return model_; }
  int steps() const override { return 1; }
  Result<Item> read(const Text&, bool, const std::string& where) const override {
    return fail(Code::kUnimplemented, "ids only", where);
  }
  Result<Item> read(Ids ids, const std::string&) const override { return Item{std::move(ids.ids), {}, {}, false}; }
  Result<void> run(const Run& run) const override {
    if (throws) throw std::runtime_error("told to");
    schedule::GroupWork work;
    for (const Item* item : run.items) work = work + schedule::GroupWork::of(static_cast<int64_t>(item->ids.size()));
    const Nanos takes(static_cast<int64_t>(cost_.expected_ns(work)) + (jumps ? 50'000'000 * runs : 0));
    const SystemClock system;
    const Nanos until = system.steady() + takes;
    if (clock_) clock_->advance(takes);
    while (!clock_ && system.steady() < until) {
    }
    ++runs;
    return {};
  }
  mutable std::atomic<int64_t> runs{0};
  bool jumps = false;  // each run takes longer than the one before
  bool throws = false;

 private:
  VirtualClock* clock_;
  schedule::CostModel cost_;
  Model model_;
};

}  // namespace fovea::inference
