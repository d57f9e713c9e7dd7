// Every call of the gRPC door: routed, authorised, and handed to its method's handler; one place for all of them.
// Journey: behind Server, which knows sockets and no methods. Nothing here sees gRPC, so tests and fuzzers call it.
// Owns the thread of loads and the one that watches health. Borrows inference, clock and access.
// Threads: begin() and drain() from any; a Session's calls one at a time, but cancel() from any.
// Errors: to clients, as an Ending. kUnimplemented (no such method), those of Access, kResourceExhausted (kCallsMax),
// kUnavailable (it drains), those of the methods.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "door/access/unsent_answers.h"
#include "door/grpc/call.h"
#include "door/grpc/method.h"

namespace fovea::rpc {

// What a call's client sends. The first message is asked for by Outlet::more().
class Session {
 public:
  virtual ~Session() = default;
  virtual void take(std::string message) = 0;
  virtual void end() = 0;     // the client sends no more
  virtual void cancel() = 0;  // the client went
  virtual void drain() = 0;   // what was taken is answered, no more is
  virtual void written() {}   // the client was given one more message
};

// Of a call that begins.
struct Asking {
  std::string method;                          // "/inference.GRPCInferenceService/ModelInfer"
  Metadata metadata;                           // as the client sent it
  std::vector<std::string> certificate_names;  // of a client's certificate that TLS verified
  Nanos deadline{0};                           // of the steady clock; 0: none
};

class Service {
 public:
  Service(inference::Inference& inference, const Clock& clock, access::Access& access, ServiceOptions options = {});
  ~Service();

  // Never null. Refuses through the outlet what it does not take.
  std::shared_ptr<Session> begin(Asking asking, std::shared_ptr<Outlet> outlet);
  void drain();
  size_t under_way() const { return *under_way_; }
  access::UnsentAnswers& unsent() { return unsent_; }
  std::span<const Method> methods() const { return methods_; }

 private:
  std::expected<access::Caller, Ending> authorise(const Asking& asking, const Method* method) const;

  std::shared_ptr<wire::SideThreads> side_;
  std::shared_ptr<HealthWatch> health_;
  std::shared_ptr<const Door> door_;
  const std::vector<Method> methods_;
  std::unordered_map<std::string_view, const Method*> by_name_;
  access::UnsentAnswers unsent_;
  std::shared_ptr<std::atomic<size_t>> under_way_ = std::make_shared<std::atomic<size_t>>(0);
  std::mutex mutex_;
  bool draining_ = false;
  std::vector<std::weak_ptr<Session>> sessions_;  // streams; some have ended
};

}  // namespace fovea::rpc
