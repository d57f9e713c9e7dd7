#include "door/grpc/reactor.h"

#include <grpc/grpc_security_constants.h>

#include <deque>
#include <optional>

#include "base/utf8.h"
#include "door/access/certificate_names.h"
#include "door/grpc/unpack.h"

namespace fovea::rpc {
namespace {

constexpr size_t kStatusTextMax = 2048;  // of a status; clients take 8 KiB of trailers at least

// An answer until it is sent.
struct Unsent {
  std::string message;
  access::UnsentAnswers::Share share;
};

::grpc::ByteBuffer buffer_of(Unsent unsent) {
  // The slice takes the string over: a large answer is not copied.
  auto* held = new Unsent(std::move(unsent));
  const ::grpc::Slice slice(
      held->message.data(), held->message.size(), [](void* p) { delete static_cast<Unsent*>(p); }, held);
  return ::grpc::ByteBuffer(&slice, 1);
}

::grpc::Status status_of(const Ending& ending) {
  if (!ending.error) return ::grpc::Status::OK;
  std::string text = repair_utf8(ending.error->text());
  if (text.size() > kStatusTextMax) text = repair_utf8(text.substr(0, kStatusTextMax));
  return {static_cast<::grpc::StatusCode>(ending.error->code), text};
}

// gRPC says deadlines in wall time; what is left of it counts.
Nanos deadline_of(const ::grpc::GenericCallbackServerContext& context, const Clock& clock) {
  using Wall = std::chrono::system_clock;
  const Wall::time_point deadline = context.deadline();
  if (deadline == Wall::time_point::max()) return Nanos(0);
  const auto left = std::chrono::duration_cast<Nanos>(deadline - Wall::now());
  if (left > std::chrono::hours(24)) return Nanos(0);
  return std::max(clock.steady() + left, Nanos(1));
}

std::vector<std::string> names_of(const ::grpc::GenericCallbackServerContext& context) {
  const auto auth = context.auth_context();
  if (!auth || !auth->IsPeerAuthenticated()) return {};
  for (const ::grpc::string_ref& pem : auth->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME)) {
    if (auto names = access::certificate_names({pem.data(), pem.size()})) return std::move(*names);
  }
  return {};
}

Asking asking_of(const ::grpc::GenericCallbackServerContext& context, const Clock& clock) {
  Asking out{context.method(), {}, names_of(context), deadline_of(context, clock)};
  for (const auto& [key, value] : context.client_metadata()) {
    out.metadata.emplace_back(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
  }
  return out;
}

class Reactor final : public ::grpc::ServerGenericBidiReactor, public Outlet {
 public:
  Reactor(::grpc::GenericCallbackServerContext& context, CallCount live, access::UnsentAnswers& unsent)
      : context_(&context), live_(std::move(live)), unsent_(unsent) {
    ++*live_;
  }

  void begin(Service& service, Asking asking, std::shared_ptr<Reactor> self) {
    self_ = self;
    auto session = service.begin(std::move(asking), std::move(self));
    bool went = false;
    {
      const std::lock_guard lock(mutex_);
      session_ = session;
      went = went_;
    }
    if (went) session->cancel();
    read_waiting();
  }

  void more() override {
    const std::lock_guard lock(mutex_);
    if (finishing_ || done_) return;
    wanted_ = true;
    start_read();
  }

  void send(std::string message) override {
    const std::lock_guard lock(mutex_);
    if (ending_ || done_) return;
    add(std::move(message));
    write_next();
  }

  void answer(std::string message) override {
    const std::lock_guard lock(mutex_);
    if (ending_ || done_) return;
    add(std::move(message));
    if (!ending_) ending_ = Ending{};
    write_next();
  }

  void finish(Ending ending) override {
    const std::lock_guard lock(mutex_);
    if (ending_ || done_) return;
    ending_ = std::move(ending);
    write_next();
  }

  size_t unsent() const override {
    const std::lock_guard lock(mutex_);
    return queue_.size() + (writing_ ? 1 : 0);
  }

  void OnReadDone(bool ok) override {
    std::shared_ptr<Session> session;
    {
      const std::lock_guard lock(mutex_);
      reading_ = false;
      session = session_;
    }
    if (!ok) return session->end();
    auto message = unpack(incoming_);
    incoming_.Clear();
    if (!message) {
      finish(ending(std::move(message.error())));
      return session->cancel();
    }
    session->take(std::move(*message));
  }

  void OnWriteDone(bool ok) override {
    std::shared_ptr<Session> session;
    {
      const std::lock_guard lock(mutex_);
      writing_ = false;
      outgoing_.Clear();  // what was sent holds its share no longer, though the stream goes on
      if (!ok) {          // the client went
        queue_.clear();
        if (!ending_) ending_ = rpc::ending({Code::kCancelled, "the client went", {}, {}});
      }
      write_next();
      session = session_;
    }
    if (session) session->written();
  }

  void OnCancel() override {
    std::shared_ptr<Session> session;
    {
      const std::lock_guard lock(mutex_);
      went_ = true;
      session = session_;
    }
    if (session) session->cancel();
    const std::lock_guard lock(mutex_);
    queue_.clear();
    if (!ending_) ending_ = rpc::ending({Code::kCancelled, "the client went", {}, {}});
    write_next();
  }

  void OnDone() override {
    std::shared_ptr<Reactor> self;  // goes last, and may be the last
    std::shared_ptr<Session> session;
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
      context_ = nullptr;
      session.swap(session_);
      self.swap(self_);
    }
    --*live_;
  }

 private:
  // OnDone() only lets go: gRPC needs no thread of its own to call it in, which would cost a switch for every call.
  bool InternalInlineable() override { return true; }

  void read_waiting() {
    const std::lock_guard lock(mutex_);
    start_read();
  }

  // Under the mutex. Not before begin() has the session to hand it to.
  void start_read() {
    if (!wanted_ || reading_ || !session_ || ending_ || finishing_ || done_) return;
    wanted_ = false;
    reading_ = true;
    StartRead(&incoming_);
  }

  // Under the mutex.
  void add(std::string message) {
    auto share = unsent_.keep(message.size());
    if (!share) {
      ending_ = ending_of(std::move(share.error()));
    } else {
      queue_.push_back({std::move(message), std::move(*share)});
    }
  }

  // Under the mutex.
  void write_next() {
    if (writing_ || finishing_ || done_) return;
    if (queue_.empty()) {
      if (!ending_) return;
      finishing_ = true;
      for (const auto& [key, value] : trailers_of(*ending_)) context_->AddTrailingMetadata(key, value);
      return Finish(status_of(*ending_));
    }
    outgoing_ = buffer_of(std::move(queue_.front()));
    queue_.pop_front();
    if (queue_.empty() && ending_ && !ending_->error) {
      finishing_ = true;
      return StartWriteAndFinish(&outgoing_, {}, ::grpc::Status::OK);
    }
    writing_ = true;
    StartWrite(&outgoing_);
  }

  mutable std::mutex mutex_;
  ::grpc::GenericCallbackServerContext* context_;  // until OnDone
  const CallCount live_;
  std::shared_ptr<Session> session_;
  std::shared_ptr<Reactor> self_;  // until OnDone
  ::grpc::ByteBuffer incoming_, outgoing_;
  access::UnsentAnswers& unsent_;  // the service's, which outlives all calls
  std::deque<Unsent> queue_;       // messages that wait for the one that is written
  std::optional<Ending> ending_;
  bool wanted_ = false, reading_ = false, writing_ = false, finishing_ = false, done_ = false, went_ = false;
};

}  // namespace

::grpc::ServerGenericBidiReactor* make_reactor(Service& service, const Clock& clock, CallCount live,
                                               ::grpc::GenericCallbackServerContext& context) {
  const auto reactor = std::make_shared<Reactor>(context, std::move(live), service.unsent());
  reactor->begin(service, asking_of(context, clock), reactor);
  return reactor.get();
}

}  // namespace fovea::rpc
