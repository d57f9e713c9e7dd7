#include "door/wire/pending_call.h"

#include <algorithm>

#include "door/wire/limits.h"

namespace fovea::wire {
namespace {

bool is_large(const inference::Reply& reply) {
  size_t numbers = 0;
  for (const inference::Answer& each : reply.answers) {
    numbers += each.values.size();
    for (const inference::Tensor& tensor : each.tensors) numbers += tensor.bytes.size() / sizeof(float);
  }
  return numbers >= kLargeAnswer;
}

}  // namespace

PendingCall::PendingCall(inference::Inference& inference, const Clock& clock, std::weak_ptr<SideThreads> side,
                         access::Caller caller)
    : caller(std::move(caller)),
      began(clock.steady()),
      models_(inference, clock, this->caller),
      side_(std::move(side)) {}

void PendingCall::finish_within(Nanos timeout) {
  if (timeout <= Nanos(0)) return;
  const Nanos then = began + std::min(timeout, Nanos(kTimeoutMax));
  deadline = deadline == Nanos(0) ? then : std::min(deadline, then);
}

void PendingCall::submit_work(inference::Call call, Write write) {
  call.deadline = deadline;
  call.region = region;
  call.key = key;
  auto done = [self = shared_from_this(),
               write = std::move(write)](std::expected<inference::Reply, inference::Failure> reply) {
    {
      const std::lock_guard lock(self->mutex_);
      self->done_ = true;
    }
    if (!reply) return self->refuse_failed(std::move(reply.error()));
    self->answer(write, std::move(*reply));
  };
  keep(inference().submit(std::move(call), std::move(done)));
}

// The thread that has a reply is often the one that computes what others wait for.
void PendingCall::answer(const Write& write, inference::Reply reply) {
  const auto side = is_large(reply) ? side_.lock() : nullptr;
  if (!side) return send(write, reply);
  const auto kept = std::make_shared<const inference::Reply>(std::move(reply));
  const bool added = side->answers.add(
      [self = shared_from_this(), write, kept] { self->unless_gone([&] { self->send(write, *kept); }); });
  if (!added) send(write, *kept);
}

void PendingCall::send(const Write& write, const inference::Reply& reply) {
  if (auto sent = write(reply); !sent) refuse_failed({std::move(sent.error())});
}

// Its door hears of the end also where nobody is there to be told: it waits for that.
void PendingCall::unless_gone(const std::function<void()>& work) {
  bool gone = false;
  {
    const std::lock_guard lock(mutex_);
    gone = cancelled_;
  }
  if (gone) return refuse_failed({{Code::kCancelled, "the client went", {}, {}}});
  work();
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

void PendingCall::read(size_t bytes, std::function<void()> work) {
  const auto side = bytes >= kLargeRequest ? side_.lock() : nullptr;
  if (!side) return work();
  const auto kept = std::make_shared<const std::function<void()>>(std::move(work));
  if (!side->requests.add([self = shared_from_this(), kept] { self->unless_gone(*kept); })) (*kept)();
}

void PendingCall::order(std::function<void()> work) {
  const auto side = side_.lock();
  if (!side) return refuse_failed({{Code::kUnavailable, "the server stops", {}, {}}});
  if (!side->loads.add(std::move(work))) {
    refuse_failed({{Code::kResourceExhausted, "too many loads and unloads wait", {}, "wait until they are done"}});
  }
}

}  // namespace fovea::wire
