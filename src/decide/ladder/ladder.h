// Climbs from cheap to dear until a rung is sure enough, within each text's deadline.
// Journey: after clean and window, before decide. Batch-shaped: undecided items go to the next rung together.
// Borrows the rungs and the clock, which must outlive the call. Threads: one.
// Cost: the rungs' own; the climb adds under a microsecond an item and rung.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "record/prediction.h"

namespace fovea::ladder {

// One text on its way up. `values` is the context that rules may read.
struct Item {
  std::string_view text;
  std::string text_digest;  // keyed digest: what the cache is asked with
  const JsonObject* values = nullptr;
  Nanos deadline{0};  // steady time
  // How this very ladder answered it once, where it is to answer it again (a replay); else null.
  const record::Scored* before = nullptr;
  // Set by climb() for each rung: the precision in which it answered then, to be taken again; empty: its own.
  std::string precision = {};
};

enum class Verdict { kSure, kUnsure, kOutside, kLate, kFailed, kSkipped, kMissed };
std::string_view verdict_name(Verdict verdict);

struct Answer {
  Verdict verdict = Verdict::kMissed;
  record::Prediction prediction;
  std::string detail;  // why it is not sure, or how sure it is
  double cost = 0;     // in money, of a service
};

// A step of the ladder. Never throws; a fault is Verdict::kFailed with its reason in `detail`.
class Rung {
 public:
  virtual ~Rung() = default;
  virtual std::string name() const = 0;
  virtual size_t group_max() const { return SIZE_MAX; }                // items asked together
  virtual Nanos estimate(std::string_view) const { return Nanos(0); }  // expected time for one text alone
  virtual std::vector<Answer> answer(std::span<const Item> items, const Clock& clock) = 0;
  // Hears what was taken in the end, so that a cache can learn. Not called for the rung that answered itself.
  virtual void learn(const Item&, const record::Scored&, const Clock&) {}
};

// One Scored per item, in order. The last rung must always answer kSure: a CHECK.
std::vector<record::Scored> climb(std::span<const std::unique_ptr<Rung>> rungs, std::span<const Item> items,
                                  const std::string& as, const Clock& clock);

}  // namespace fovea::ladder
