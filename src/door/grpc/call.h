// One call on its way to its answer: who asks, what was sent, the work that it waits for, and how it ends.
// Journey: made by Service after routing and authorisation; a method's handler answers or refuses it, now or later.
// Threads: answer(), send(), refuse() and cancel() from any; what comes after the end is dropped.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "door/access/access.h"
#include "door/access/limits.h"
#include "door/grpc/ending.h"
#include "door/wire/model_choice.h"
#include "door/wire/pending_call.h"
#include "door/wire/side_thread.h"
#include "serve/inference/inference.h"

namespace fovea::rpc {

// Where a call's messages and its end go. Threads: any; what comes after the end is dropped.
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual void more() = 0;                       // the client's next message is wanted
  virtual void send(std::string message) = 0;    // one of several
  virtual void answer(std::string message) = 0;  // the last one, and a good end
  virtual void finish(Ending ending) = 0;
  virtual size_t unsent() const = 0;  // messages that the client has not been given yet
};

struct ServiceOptions {
  std::string model;  // of requests that name none (TEI's); empty: the only one of the task
  size_t unsent_bytes_max = access::kUnsentBytesMax;  // of large answers that their clients have not taken
};

class HealthWatch;

// What all calls share. Borrows inference, clock and access.
struct Door {
  inference::Inference& inference;
  const Clock& clock;
  access::Access& access;
  ServiceOptions options;
  std::weak_ptr<wire::SideThreads> side;
  std::weak_ptr<HealthWatch> health;
  std::shared_ptr<std::atomic<size_t>> held_bytes;  // of the calls' messages
};

class Call final : public wire::PendingCall {
 public:
  using Render = std::function<Result<std::string>(const inference::Reply&)>;

  Call(std::shared_ptr<const Door> door, access::Caller caller, std::shared_ptr<Outlet> outlet);
  ~Call() override;

  const Door& door() const { return *door_; }
  // What its client sent: one message, but of a gathered stream.
  const std::vector<std::string>& messages() const { return messages_; }
  const std::string& message() const { return messages_.front(); }
  bool add_message(std::string message);  // false: it was refused, since all calls hold kHeldBytesMax

  // Errors: those of Inference::model, kInvalidArgument (no name).
  Result<wire::ModelPtr> model(std::string_view name, std::string_view version) const;
  Result<wire::ModelPtr> model_of(wire::Tasks tasks) const;  // of requests that name none: wire::model_of_task()

  void send(std::string message) { outlet_->send(std::move(message)); }
  void answer(std::string message) { outlet_->answer(std::move(message)); }
  void refuse(Ending ending) { outlet_->finish(std::move(ending)); }
  void refuse(Error error) { refuse(rpc::ending(std::move(error))); }

  void submit(inference::Call call, Render render);  // has the model answer and renders that

 private:
  void refuse_failed(inference::Failure failure) override { refuse(ending_of(std::move(failure))); }

  const std::shared_ptr<const Door> door_;
  const std::shared_ptr<Outlet> outlet_;
  std::vector<std::string> messages_;
  size_t held_bytes_ = 0;
};

using CallPtr = std::shared_ptr<Call>;

}  // namespace fovea::rpc
