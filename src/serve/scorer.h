// The port through which the ladder runs a model: texts in, calibrated verdicts out.
// Journey: after stream/clean and stream/window, before decide. Real: LinearScorer, AttentionScorer; tests use stubs.
// Threads: score() from one thread at a time for each Scorer; the other calls from any.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "record/prediction.h"

namespace fovea::serve {

// One text to score. `earlier` holds the log-probabilities that an earlier rung of the same trained model gave it (its
// Verdict::log_probabilities), or nothing: the attention rung then answers with the calibrated mixture of both, which
// is better than either. Borrowed for the call.
struct ScoreItem {
  std::string_view text;
  std::span<const float> earlier;
};

struct Verdict {
  record::Prediction prediction;
  bool sure = false;                     // meets every threshold of the model (or of the flow that overrides them)
  std::string why;                       // "probability 0.41 under 0.62"; empty when sure
  std::vector<float> log_probabilities;  // [labels], this rung's own, calibrated; hand it on as ScoreItem::earlier
};

class Scorer {
 public:
  virtual ~Scorer() = default;
  virtual std::string_view rung_name() const = 0;       // "linear", "attention"
  virtual const std::string& model_digest() const = 0;  // SHA-256 of the files that decide the answer, hex
  // The arithmetic of its layers: fp32, bf16 or int8; empty for a model without layers.
  virtual std::string_view precision() const = 0;
  // What one text would cost, in microseconds: a + b L + c L^2 over its length, fitted when the model was trained and
  // corrected by what score() then measures. Cheap: it never tokenises.
  virtual double cost_us_estimate(std::string_view text) const = 0;
  // One result for each item, in order. `deadline` is a time of `clock.steady()`; an item that is not done by then is
  // kDeadlineExceeded (looked at before each item and between layers). A score depends on the item alone, never on the
  // other items of the call.
  virtual std::vector<Result<Verdict>> score(std::span<const ScoreItem> items, Nanos deadline, const Clock& clock) = 0;
};

}  // namespace fovea::serve
