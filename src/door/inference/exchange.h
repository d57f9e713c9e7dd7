// One request on its way to its answer: what its route found in it, the work that it waits for, and the answer once.
// Journey: made by ServingApi for a request that was let in, kept alive by whoever will answer it.
// Threads: answer(), refuse() and cancel() from any; the first of answer() and refuse() counts.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "door/access/callers_models.h"
#include "door/http/route.h"
#include "door/inference/loaded_folders.h"
#include "door/inference/refusal.h"
#include "door/inference/serving_options.h"
#include "door/wire/orders.h"
#include "serve/inference/inference.h"

namespace fovea::wire {

// What all requests share. Borrows inference and clock.
struct Door {
  inference::Inference& inference;
  const Clock& clock;
  ServingOptions options;
  TimePoint started;
  std::weak_ptr<Orders> orders;
  std::shared_ptr<LoadedFolders> folders;
};

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  using Render = std::function<Result<http::Response>(const inference::Reply&)>;

  Exchange(std::shared_ptr<const Door> door, http::Routed routed, Dialect dialect);

  http::Request request;           // the body as its client wrote it, unpacked
  std::vector<std::string> names;  // that the route's pattern found, without escapes
  const Dialect dialect;
  const access::Caller caller;
  Nanos began{0};
  Nanos deadline{0};  // of the steady clock; 0: the server's default

  const Door& door() const { return *door_; }
  inference::Inference& inference() const { return models_; }  // those that the caller may use
  std::string_view header(std::string_view name) const;
  Result<Json> json() const;  // the body, a JSON object

  // The sooner of this and the deadline that stands; 0: nothing.
  void finish_within(Nanos timeout);
  void answer(http::Response response);
  void answer(int status, std::string json_text) { answer({status, "application/json", std::move(json_text), {}}); }
  void refuse(Refusal refusal);
  void refuse(Error error) { refuse(wire::refusal(std::move(error))); }

  // Has the model answer and renders that. The call's deadline is set here; its tenant, and what it costs its caller,
  // by inference().
  void submit(inference::Call call, Render render);
  void order(std::function<void()> work);  // in the thread of the loads; refused where too many wait
  void cancel();                           // the client went: its work ends

 private:
  void keep(std::unique_ptr<inference::Ticket> ticket);

  std::shared_ptr<const Door> door_;
  mutable access::CallersModels models_;
  http::Respond respond_;
  std::mutex mutex_;
  std::unique_ptr<inference::Ticket> ticket_;
  bool done_ = false, cancelled_ = false;
};

using ExchangePtr = std::shared_ptr<Exchange>;

}  // namespace fovea::wire
