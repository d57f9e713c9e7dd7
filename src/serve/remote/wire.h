// The port through which one request to a service is sent once. Real: HttpWire over serve/fetch, GrpcWire.
// Threads: send() from any; `ended` is called once, from any thread, possibly before send() returns.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "base/clock.h"
#include "base/error.h"
#include "serve/remote/dialect.h"

namespace fovea::remote {

struct Attempt {
  Result<Told> told;
  bool delivered = true;  // the service may have worked on it, and may want money for it
  bool sheds = false;     // it says that it has too much to do
  bool ill = false;       // it could not be reached, failed or was late
  Nanos retry_after{0};   // as it asks for; 0: not said
};

class Wire {
 public:
  virtual ~Wire() = default;
  virtual size_t fits(std::span<const inference::Item> items) const = 0;
  // `items` must live until `ended` is called; by `left` it is.
  virtual std::unique_ptr<inference::Ticket> send(Items items, Nanos left,
                                                  std::function<void(Attempt)> ended) const = 0;
  // Calls `what` later, on a thread of its own.
  virtual void after(Nanos delay, std::function<void()> what) const = 0;
};

}  // namespace fovea::remote
