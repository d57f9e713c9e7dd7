// Sliding windows over event time, one per key: how many, how many different, sum, least, greatest, mean, last.
// Journey: flow evaluates the key and the kept expressions, adds them here, and puts the features in the Context.
// State: bounded (limits.h), expired by the watermark, serialisable key by key so that the store keeps what changed in
// the event's own transaction. Threads: one.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"

namespace fovea::window {

enum class Aggregate : uint8_t { kCount, kDistinct, kSum, kMin, kMax, kAvg, kLast };
Result<Aggregate> aggregate_from_name(std::string_view name);  // "count", "distinct", ...; kInvalidArgument with a hint
std::string_view aggregate_name(Aggregate aggregate);

struct Kept {
  std::string name;  // "messages"
  Aggregate aggregate = Aggregate::kCount;
};

struct Spec {
  std::string as;  // "sender"
  Nanos span{0};
  std::vector<Kept> keep;
};

// What to write for one key in the transaction; empty bytes: the key is gone.
struct Change {
  std::string key;
  std::string bytes;
};

class Window {
 public:
  static Result<std::unique_ptr<Window>> create(Spec spec);  // kInvalidArgument: no span, no name, a name twice

  const Spec& spec() const { return spec_; }

  // Takes in one event and gives the features of its key over (time - span, time], itself included.
  // values[i] belongs to keep[i]; null for count() and where an expression had no value (then it does not take part).
  // An event out of order is put in its place. Beyond kEntriesPerKeyMax the oldest entries go and `truncated` is true.
  // Errors: kInvalidArgument for a value that is no number under sum, min, max, avg; kResourceExhausted at kKeysMax.
  Result<JsonObject> add(std::string_view key, TimePoint time, std::span<const Json> values);

  // Forgets entries that no event at or after the watermark can see any more.
  void expire(TimePoint watermark);

  std::vector<Change> take_changes();                                  // since the last call
  Result<void> restore(std::string_view key, std::string_view bytes);  // kDataLoss where the bytes are not ours
  size_t keys() const { return keys_.size(); }

 private:
  struct Entry {
    int64_t ns;
    std::vector<Json> values;
  };
  struct State {
    std::deque<Entry> entries;  // by time, ties in order of arrival
    bool truncated = false;
  };

  explicit Window(Spec spec) : spec_(std::move(spec)) {}
  Json feature(const State& state, size_t index, int64_t after_ns, int64_t until_ns) const;

  Spec spec_;
  std::unordered_map<std::string, State> keys_;
  std::unordered_set<std::string> changed_;
  std::map<int64_t, std::vector<std::string>> expiry_;  // oldest entry's end of life → keys to look at
};

}  // namespace fovea::window
