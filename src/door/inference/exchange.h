// One request on its way to its answer: what its route found in it, the work that it waits for, and the answer once.
// Journey: made by ServingApi for a request that was let in, kept alive by whoever will answer it.
// Threads: answer(), refuse() and cancel() from any; the first of answer() and refuse() counts.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "door/http/route.h"
#include "door/inference/loaded_folders.h"
#include "door/inference/refusal.h"
#include "door/inference/serving_options.h"
#include "door/wire/pending_call.h"
#include "door/wire/side_thread.h"
#include "serve/inference/inference.h"

namespace fovea::wire {

// What all requests share. Borrows inference and clock.
struct Door {
  inference::Inference& inference;
  const Clock& clock;
  ServingOptions options;
  TimePoint started;
  std::weak_ptr<SideThreads> side;
  std::shared_ptr<LoadedFolders> folders;
};

class Exchange final : public PendingCall {
 public:
  using Render = std::function<Result<http::Response>(const inference::Reply&)>;

  Exchange(std::shared_ptr<const Door> door, http::Routed routed, Dialect dialect);

  http::Request request;           // the body as its client wrote it, unpacked
  std::vector<std::string> names;  // that the route's pattern found, without escapes
  const Dialect dialect;

  const Door& door() const { return *door_; }
  std::string_view header(std::string_view name) const;
  Result<Json> json() const;  // the body, a JSON object

  void answer(http::Response response);
  void answer(int status, std::string json_text) { answer({status, "application/json", std::move(json_text), {}}); }
  void refuse(Refusal refusal);
  void refuse(Error error) { refuse(wire::refusal(std::move(error))); }

  void submit(inference::Call call, Render render);  // has the model answer and renders that

 private:
  void refuse_failed(inference::Failure failure) override { refuse(wire::refusal(std::move(failure))); }

  const std::shared_ptr<const Door> door_;
  const http::Respond respond_;
};

using ExchangePtr = std::shared_ptr<Exchange>;

}  // namespace fovea::wire
