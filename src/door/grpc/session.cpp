#include "door/grpc/session.h"

#include <fmt/format.h>

#include <deque>
#include <optional>

#include "door/grpc/limits.h"

namespace fovea::rpc {
namespace {

CallPtr call_of(const SessionPlan& plan, std::shared_ptr<Outlet> outlet) {
  auto call = std::make_shared<Call>(plan.door, plan.caller, std::move(outlet));
  call->deadline = plan.deadline;
  call->region = plan.region;
  call->key = plan.key;
  return call;
}

class NoSession final : public Session {
 public:
  void take(std::string) override {}
  void end() override {}
  void cancel() override {}
  void drain() override {}
};

// Unary, watched and gathered.
class OneCall final : public Session {
 public:
  explicit OneCall(SessionPlan plan) : plan_(std::move(plan)), call_(call_of(plan_, plan_.outlet)) {}

  void take(std::string message) override {
    if (handed_on_) return;
    bytes_ += message.size();
    if (!call_->add_message(std::move(message))) {
      handed_on_ = true;
      return;
    }
    if (plan_.method->kind != Kind::kGathered) return hand_on();
    if (call_->messages().size() > kGatheredMax || bytes_ > kMessageBytesMax) {
      handed_on_ = true;
      return call_->refuse({Code::kResourceExhausted,
                            "the stream has too many messages",
                            {},
                            fmt::format("at most {}, of {} bytes in all", kGatheredMax, kMessageBytesMax)});
    }
    plan_.outlet->more();
  }

  void end() override {
    if (handed_on_) return;
    if (call_->messages().empty()) {
      handed_on_ = true;
      return call_->refuse({Code::kInvalidArgument, "the call ended without a message", {}, {}});
    }
    hand_on();
  }

  void cancel() override { call_->cancel(); }
  void drain() override {
    if (plan_.method->kind == Kind::kWatched) call_->refuse({Code::kUnavailable, "the server stops", {}, {}});
  }

 private:
  void hand_on() {
    handed_on_ = true;
    plan_.method->handle(call_);
  }

  const SessionPlan plan_;
  const CallPtr call_;
  size_t bytes_ = 0;
  bool handed_on_ = false;
};

class Stream final : public Session, public std::enable_shared_from_this<Stream> {
 public:
  explicit Stream(SessionPlan plan) : plan_(std::move(plan)) {}

  void take(std::string message) override {
    auto slot = std::make_shared<Slot>();
    CallPtr call;
    {
      const std::lock_guard lock(mutex_);
      if (ended_) return;
      slot->stream = weak_from_this();
      call = call_of(plan_, slot);
      slot->call = call;
      pending_.push_back(slot);
      reading_ = !draining_ && has_room();
      if (reading_) plan_.outlet->more();
    }
    if (call->add_message(std::move(message))) plan_.method->handle(call);
  }

  void end() override {
    const std::lock_guard lock(mutex_);
    half_closed_ = true;
    flush();
  }

  void drain() override {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    flush();
  }

  void written() override {
    const std::lock_guard lock(mutex_);
    flush();
  }

  void cancel() override {
    std::vector<CallPtr> calls;
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      calls = take_calls();
    }
    for (const CallPtr& each : calls) each->cancel();
  }

 private:
  // Where one request's answer goes until its turn comes.
  struct Slot final : Outlet {
    void more() override {}
    void send(std::string message) override { answer(std::move(message)); }
    void answer(std::string message) override { settle({std::move(message), {}}); }
    void finish(Ending ending) override { settle({{}, std::move(ending)}); }
    size_t unsent() const override { return 0; }

    struct Outcome {
      std::string message;
      std::optional<Ending> refusal;
    };
    void settle(Outcome what) {
      const auto owner = stream.lock();
      if (!owner) return;
      const auto asked = call.lock();  // whose call this is, so it is there
      const Wrap wrap = owner->plan_.method->wrap;
      if (what.refusal && wrap && asked) what = {wrap(*what.refusal, *asked), {}};
      std::vector<CallPtr> dropped;
      {
        const std::lock_guard lock(owner->mutex_);
        if (outcome) return;
        outcome = std::move(what);
        dropped = owner->flush();
      }
      for (const CallPtr& each : dropped) each->cancel();
    }

    std::weak_ptr<Stream> stream;
    std::weak_ptr<Call> call;
    std::optional<Outcome> outcome;
  };

  // A client that does not take its answers is not read either.
  bool has_room() const { return pending_.size() + plan_.outlet->unsent() < kStreamPendingMax; }

  // Sends what is in turn. Gives the calls that a refusal ended with the stream.
  std::vector<CallPtr> flush() {
    while (!ended_ && !pending_.empty() && pending_.front()->outcome) {
      const auto slot = std::move(pending_.front());
      pending_.pop_front();
      Slot::Outcome& outcome = *slot->outcome;
      if (!outcome.refusal) {
        plan_.outlet->send(std::move(outcome.message));
      } else {
        ended_ = true;
        plan_.outlet->finish(std::move(*outcome.refusal));
        return take_calls();
      }
    }
    if (ended_) return {};
    if (pending_.empty() && (half_closed_ || draining_)) {
      ended_ = true;
      plan_.outlet->finish(half_closed_ ? Ending{} : ending({Code::kUnavailable, "the server stops", {}, {}}));
    } else if (!reading_ && !half_closed_ && !draining_ && has_room()) {
      reading_ = true;
      plan_.outlet->more();
    }
    return {};
  }

  std::vector<CallPtr> take_calls() {
    std::vector<CallPtr> out;
    for (const auto& slot : pending_) {
      if (auto call = slot->call.lock()) out.push_back(std::move(call));
    }
    pending_.clear();
    return out;
  }

  const SessionPlan plan_;
  std::mutex mutex_;
  std::deque<std::shared_ptr<Slot>> pending_;  // in the order of their requests
  bool reading_ = true;                        // a message was asked for and did not come
  bool half_closed_ = false, draining_ = false, ended_ = false;
};

}  // namespace

std::shared_ptr<Session> make_session(SessionPlan plan) {
  if (plan.method->kind == Kind::kStream) return std::make_shared<Stream>(std::move(plan));
  return std::make_shared<OneCall>(std::move(plan));
}

std::shared_ptr<Session> no_session() {
  return std::make_shared<NoSession>();
}

}  // namespace fovea::rpc
