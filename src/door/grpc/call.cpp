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
      outlet_(std::move(outlet)) {}

Result<void> Call::may_use(std::string_view name) const {
  if (caller.may_use(name)) return {};
  return fail(Code::kPermissionDenied, fmt::format("the key '{}' may not use the model '{}'", caller.name, name),
              "model", "its entry says which: models");
}

Result<wire::ModelPtr> Call::model(std::string_view name, std::string_view version) const {
  if (name.empty()) return fail(Code::kNotFound, "no model is named", "model");
  if (!wire::is_model_name(name) || (!version.empty() && !wire::is_model_name(version))) {
    return fail(Code::kInvalidArgument, "is no name of a model or version", "model", "letters, digits and . _ - / : @");
  }
  FOVEA_OK(may_use(name));
  return inference().model(name, version);
}

Result<wire::ModelPtr> Call::model_for(wire::Tasks tasks) const {
  FOVEA_TRY(wire::ModelPtr found, wire::model_for(inference(), door_->options.model, "", tasks));
  FOVEA_OK(may_use(found->info.name));
  return found;
}

void Call::finish_within(Nanos timeout) {
  if (timeout <= Nanos(0)) return;
  const Nanos then = began + std::min(timeout, Nanos(wire::kTimeoutMax));
  deadline = deadline == Nanos(0) ? then : std::min(deadline, then);
}

void Call::submit(inference::Call call, Render render) {
  call.tenant = caller.tenant;
  call.deadline = deadline;
  auto self = shared_from_this();
  auto done = [self, render = std::move(render)](std::expected<inference::Reply, inference::Failure> reply) {
    {
      const std::lock_guard lock(self->mutex_);
      self->done_ = true;
    }
    if (!reply) return self->refuse(ending_of(std::move(reply.error())));
    int64_t tokens = 0;
    for (const inference::Answer& each : reply->answers) tokens += static_cast<int64_t>(each.tokens);
    self->caller.charge(tokens, self->door_->clock.steady());
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
