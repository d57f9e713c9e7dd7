// Takes events through the steps of one flow, in memory: from what a source delivered to what the store is to keep.
// Journey: pull → identify → clean, redact → drop duplicates and late ones → window → score → decide → intend effects.
// A batch goes through step by step. Nothing here is durable; the same events and state give the same turn.
// Threads: one at a time. Errors: an event's own fault makes it a dead letter; an error here is the flow's.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "decide/ladder/ladder.h"
#include "flow/file/flow.h"
#include "flow/traveller.h"
#include "store/store.h"
#include "stream/connectors/source.h"
#include "stream/window/watermark.h"
#include "stream/window/window.h"
#include "trust/privacy/redact.h"

namespace fovea::flow {

// The rungs that one `model:` entry of a ladder stands for, cheap ones first.
using OpenModel =
    std::function<Result<std::vector<std::unique_ptr<ladder::Rung>>>(const file::Rung&, const file::Sure&)>;

struct JourneyPorts {
  Clock& clock;
  OpenModel open_model;
  std::string secret;  // 32 bytes kept with the state: keys pseudonyms and text digests
};

class Journey {
 public:
  using Seen = std::function<Result<std::map<std::string, store::Store::Seen>>(std::span<const std::string> ids)>;

  // Borrows `flow`, which must outlive it.
  static Result<std::unique_ptr<Journey>> create(const file::FlowFile& flow, JourneyPorts ports);

  ~Journey();

  Result<void> restore(store::Store& store);  // windows and watermark, before the first take()

  // Adds the events to `turn` with their fates, and gives one receipt each, in order. `seen` answers for (source, id).
  Result<std::vector<connectors::Receipt>> take(std::vector<record::Event> events, TimePoint now, const Seen& seen,
                                                store::Turn& turn);

  // From the step after the last score, with a person's label in place of the model's (a review was answered), or with
  // all steps from the first score on (a replay). Windows are not touched.
  void decide_reviewed(Traveller& traveller, const std::string& label, TimePoint now);
  void decide_again(std::span<Traveller> travellers, TimePoint now);

  // What the flow wants done for a decided event; faults of single effects become the event's dead letter.
  std::vector<record::Effect> intend(Traveller& traveller, TimePoint now) const;

  const file::FlowFile& flow() const { return flow_; }

 private:
  struct Step;
  Journey(const file::FlowFile& flow, JourneyPorts ports);
  Result<void> open_step(const file::Step& step);

  void identify(Traveller& t, TimePoint now) const;
  Result<void> drop_duplicates(std::span<Traveller> travellers, TimePoint now, const Seen& seen) const;
  void drop_late(std::span<Traveller> travellers, TimePoint now);
  void run_steps(std::span<Traveller> travellers, size_t from, size_t to, TimePoint now);
  void run_step(Step& step, std::span<Traveller> travellers, TimePoint now);
  void run_window(Step& step, Traveller& t, TimePoint now);
  void run_score(Step& step, std::span<Traveller> travellers, TimePoint now);
  void run_decide(const file::Decide& decide, Traveller& t, TimePoint now) const;
  void keep_scored(Traveller& t, const file::Score& score, record::Scored scored, std::string text) const;
  void finish(Traveller& t, TimePoint now, store::Turn& turn);
  Result<record::Effect> intend_one(const file::EffectSpec& spec, const Traveller& t, TimePoint now) const;

  const file::FlowFile& flow_;
  JourneyPorts ports_;
  privacy::Kinds redacted_;
  size_t first_context_step_ = 0;       // steps before it change the event itself (clean, redact)
  bool redacted_before_clean_ = false;  // or after: then cleaning has the last word and redaction is done again
  std::vector<std::unique_ptr<Step>> steps_;
  window::Watermark lateness_;
  window::Watermark horizon_;  // windows forget what lies before it
};

std::string window_row(const std::string& as, const std::string& key);  // the name of a window's key in the store
constexpr std::string_view kWatermarkRow = "\x1fwatermark";

// The context of a kept decision, as expressions read it.
JsonObject context_of(const record::Decision& decision, const Json& payload);

}  // namespace fovea::flow
