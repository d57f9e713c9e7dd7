// A backend whose model runs elsewhere, behind a network: a run is started, its end is told, and nobody waits for it.
// Why it is not Backend::run() alone: a worker that waits for a service would compute nothing meanwhile, and what a
// service costs (its queue, its other clients) is nothing that the scheduler's cost model could learn. So remote models
// have a lane of their own (RemoteLane), bounded in requests under way instead of in processors.
// Why a text is kept as it is: the tokenizer is the other side's. Its cost is guessed from its length (Item::tokens()).
// Why a run has items of one call only: what one client sent can then neither fail nor delay another's, and what a
// request cost is known to be whose.
// Journey: RemoteLane cuts a call into groups by fits(), starts each. Real: remote/remote_model.h.
// Threads: every call from any at once; `ended` is called once, from any thread, possibly before start() returns.
// Errors: in Failure. kUnavailable (not reached, or it sheds load: retry_after), kResourceExhausted (a budget is
// spent), kDeadlineExceeded, kCancelled, kPermissionDenied (a region), kInvalidArgument and kOutOfRange (it refused the
// inputs), kDataLoss (its answer is not what its declaration says), kInternal (it failed, does not know the model or
// refuses our credentials: the caller's own are not at fault).
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "serve/inference/backend.h"

namespace fovea::inference {

struct RemoteBounds {
  size_t in_flight = 8;       // requests under way
  size_t waiting_max = 1024;  // inputs that wait
};

class RemoteBackend : public Backend {
 public:
  struct Group {
    std::span<const Item* const> items;  // alive until `ended` was called
    Nanos deadline{0};                   // of Clock::steady(); what is not answered by then ends with it
    std::string tenant, region;          // of the call
  };
  using Ended = std::function<void(std::expected<std::vector<Answer>, Failure>)>;

  virtual std::unique_ptr<Ticket> start(const Group& group, Ended ended) const = 0;
  // How many of the first of `items` one request takes: at least 1.
  virtual size_t fits(std::span<const Item> items) const = 0;
  virtual RemoteBounds bounds() const = 0;

  const RemoteBackend* remote() const final { return this; }
  int steps() const final { return 1; }
  // For callers that have a thread to wait with: starts the groups and waits for all, for kRunMax at most.
  Result<void> run(const Run& run) const final;
};

}  // namespace fovea::inference
