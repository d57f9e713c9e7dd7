#include "door/wire/pending_call.h"

#include <algorithm>

#include "door/wire/limits.h"

namespace fovea::wire {

PendingCall::PendingCall(inference::Inference& inference, const Clock& clock, std::weak_ptr<Orders> orders,
                         access::Caller caller)
    : caller(std::move(caller)),
      began(clock.steady()),
      models_(inference, clock, this->caller),
      orders_(std::move(orders)) {}

void PendingCall::finish_within(Nanos timeout) {
  if (timeout <= Nanos(0)) return;
  const Nanos then = began + std::min(timeout, Nanos(kTimeoutMax));
  deadline = deadline == Nanos(0) ? then : std::min(deadline, then);
}

void PendingCall::submit_work(inference::Call call, std::function<Result<void>(const inference::Reply&)> answer) {
  call.deadline = deadline;
  call.region = region;
  call.key = key;
  auto done = [self = shared_from_this(),
               answer = std::move(answer)](std::expected<inference::Reply, inference::Failure> reply) {
    {
      const std::lock_guard lock(self->mutex_);
      self->done_ = true;
    }
    if (!reply) return self->refuse_failed(std::move(reply.error()));
    if (auto answered = answer(*reply); !answered) self->refuse_failed({std::move(answered.error())});
  };
  keep(inference().submit(std::move(call), std::move(done)));
}

void PendingCall::keep(std::unique_ptr<inference::Ticket> ticket) {
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

void PendingCall::cancel() {
  std::unique_ptr<inference::Ticket> ticket;
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    ticket = std::move(ticket_);
  }
  if (ticket) ticket->cancel();
}

void PendingCall::order(std::function<void()> work) {
  const auto orders = orders_.lock();
  if (!orders) return refuse_failed({{Code::kUnavailable, "the server stops", {}, {}}});
  if (!orders->add(std::move(work))) {
    refuse_failed({{Code::kResourceExhausted, "too many loads and unloads wait", {}, "wait until they are done"}});
  }
}

}  // namespace fovea::wire
