#include "door/inference/exchange.h"

#include "door/inference/content_coding.h"
#include "door/inference/header_text.h"
#include "door/inference/limits.h"

namespace fovea::wire {

Exchange::Exchange(std::shared_ptr<const Door> door, http::Routed routed, Dialect dialect)
    : request(std::move(routed.request)),
      dialect(dialect),
      caller(std::move(routed.caller)),
      began(door->clock.steady()),
      door_(std::move(door)),
      models_(door_->inference, door_->clock, caller),
      respond_(std::move(routed.respond)) {}

std::string_view Exchange::header(std::string_view name) const {
  return header_of(request.headers, name);
}

Result<Json> Exchange::json() const {
  FOVEA_TRY(Json json, parse_json(request.body));
  if (!json.is_object()) return fail(Code::kInvalidArgument, "the body is no JSON object");
  return json;
}

void Exchange::finish_within(Nanos timeout) {
  if (timeout <= Nanos(0)) return;
  const Nanos then = began + std::min(timeout, Nanos(kTimeoutMax));
  deadline = deadline == Nanos(0) ? then : std::min(deadline, then);
}

void Exchange::answer(http::Response response) {
  if (response.body.size() >= kPackFrom) {
    if (const std::string_view coding = coding_for(header("Accept-Encoding")); !coding.empty()) {
      response.body = pack(coding, response.body);
      response.headers.emplace_back("Content-Encoding", coding);
      response.headers.emplace_back("Vary", "Accept-Encoding");
    }
  }
  respond_(std::move(response));
}

void Exchange::refuse(Refusal refusal) {
  respond_(response_of(refusal, dialect));
}

void Exchange::submit(inference::Call call, Render render) {
  call.deadline = deadline;
  call.region = header("x-data-region");
  call.key = header("x-routing-key");
  auto self = shared_from_this();
  auto done = [self, render = std::move(render)](std::expected<inference::Reply, inference::Failure> reply) {
    {
      const std::lock_guard lock(self->mutex_);
      self->done_ = true;
    }
    if (!reply) return self->refuse(refusal(std::move(reply.error())));
    auto response = render(*reply);
    if (!response) return self->refuse(std::move(response.error()));
    self->answer(std::move(*response));
  };
  keep(inference().submit(std::move(call), std::move(done)));
}

void Exchange::keep(std::unique_ptr<inference::Ticket> ticket) {
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

void Exchange::cancel() {
  std::unique_ptr<inference::Ticket> ticket;
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    ticket = std::move(ticket_);
  }
  if (ticket) ticket->cancel();
}

void Exchange::order(std::function<void()> work) {
  const auto orders = door_->orders.lock();
  if (!orders) return refuse({Code::kUnavailable, "the server stops", {}, {}});
  if (!orders->add(std::move(work))) {
    refuse({Code::kResourceExhausted, "too many loads and unloads wait", {}, "wait until they are done"});
  }
}

}  // namespace fovea::wire
