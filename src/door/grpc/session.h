// What becomes of a call's messages, by the kind of its method.
//   unary     the first message is handed on; what comes after it is left
//   gathered  all of them are, when the client has sent the last
//   stream    each is a call of its own; answers go out in the order of their requests, and while kStreamPendingMax
//             wait for theirs no further one is read. A refusal ends the stream, or is a message of it (Method::wrap)
#pragma once

#include <memory>

#include "door/grpc/service.h"

namespace fovea::rpc {

struct SessionPlan {
  std::shared_ptr<const Door> door;
  const Method* method = nullptr;
  access::Caller caller;
  Nanos deadline{0};
  std::string region, key;  // wire::PendingCall's
  std::shared_ptr<Outlet> outlet;
};

std::shared_ptr<Session> make_session(SessionPlan plan);
// Of a call that was refused.
std::shared_ptr<Session> no_session();

}  // namespace fovea::rpc
