#include "door/grpc/call.h"

#include <fmt/format.h>

#include "door/grpc/limits.h"
#include "door/wire/model_name.h"

namespace fovea::rpc {

Call::Call(std::shared_ptr<const Door> door, access::Caller caller, Nanos deadline, std::shared_ptr<Outlet> outlet)
    : caller(std::move(caller)),
      began(door->clock.steady()),
      deadline(deadline),
      door_(std::move(door)),
      models_(door_->inference, door_->clock, this->caller),
      outlet_(std::move(outlet)) {}

Call::~Call() {
  *door_->held_bytes -= held_bytes_;
}

bool Call::add_message(std::string message) {
  held_bytes_ += message.size();
  if ((*door_->held_bytes += message.size()) > kHeldBytesMax) {
    Ending full = ending({Code::kResourceExhausted, "the calls under way hold too many bytes", {}, "try again"});
    full.retry_after = std::chrono::milliseconds(100);
    refuse(std::move(full));
    return false;
  }
  messages_.push_back(std::move(message));
  return true;
}

Result<wire::ModelPtr> Call::model(std::string_view name, std::string_view version) const {
  if (name.empty()) return fail(Code::kNotFound, "no model is named", "model");
  if (!wire::is_model_name(name) || (!version.empty() && !wire::is_model_name(version))) {
    return fail(Code::kInvalidArgument, "is no name of a model or version", "model", "letters, digits and . _ - / : @");
  }
  return inference().model(name, version);
}

Result<wire::ModelPtr> Call::model_for(wire::Tasks tasks) const {
  return wire::model_for(inference(), door_->options.model, "", tasks);
}

void Call::finish_within(Nanos timeout) {
  if (timeout <= Nanos(0)) return;
  const Nanos then = began + std::min(timeout, Nanos(wire::kTimeoutMax));
  deadline = deadline == Nanos(0) ? then : std::min(deadline, then);
}

void Call::submit(inference::Call call, Render render) {
  call.deadline = deadline;
  call.region = region;
  auto self = shared_from_this();
  auto done = [self, render = std::move(render)](std::expected<inference::Reply, inference::Failure> reply) {
    {
      const std::lock_guard lock(self->mutex_);
      self->done_ = true;
    }
    if (!reply) return self->refuse(ending_of(std::move(reply.error())));
    auto message = render(*reply);
    if (!message) return self->refuse(std::move(message.error()));
    self->answer(std::move(*message));
  };
  keep(inference().submit(std::move(call), std::move(done)));
}

void Call::keep(std::unique_ptr<inference::Ticket> ticket) {
  if (!ticket) return;
  {
    const std::lock_guard lock(mutex_);
    if (!cancelled_) {
      if (!done_) ticket_ = std::move(ticket);
      return;
    }
  }
  ticket->cancel();
}

void Call::cancel() {
  std::unique_ptr<inference::Ticket> ticket;
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    ticket = std::move(ticket_);
  }
  if (ticket) ticket->cancel();
}

void Call::order(std::function<void()> work) {
  const auto orders = door_->orders.lock();
  if (!orders) return refuse({Code::kUnavailable, "the server stops", {}, {}});
  if (!orders->add(std::move(work))) {
    refuse({Code::kResourceExhausted, "too many loads and unloads wait", {}, "wait until they are done"});
  }
}

}  // namespace fovea::rpc
