#include "door/grpc/call.h"

#include <fmt/format.h>

#include "door/grpc/limits.h"
#include "door/wire/model_name.h"

namespace fovea::rpc {

Call::Call(std::shared_ptr<const Door> door, access::Caller caller, std::shared_ptr<Outlet> outlet)
    : PendingCall(door->inference, door->clock, door->side, std::move(caller)),
      door_(std::move(door)),
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

Result<wire::ModelPtr> Call::model_of(wire::Tasks tasks) const {
  return wire::model_of_task(inference(), door_->options.model, tasks);
}

void Call::submit(inference::Call call, Render render) {
  submit_work(std::move(call), [this, render = std::move(render)](const inference::Reply& reply) -> Result<void> {
    FOVEA_TRY(std::string message, render(reply));
    answer(std::move(message));
    return {};
  });
}

}  // namespace fovea::rpc
