#include "door/grpc/health.h"

#include <algorithm>
#include <array>

#include "door/grpc/limits.h"
#include "door/grpc/message.h"
#include "door/grpc/method.h"
#include "serve/wire_grpc/health_messages.h"

namespace fovea::rpc {
namespace {

namespace proto = ::grpc::health::v1;

constexpr std::array<std::string_view, 8> kWhole = {"",
                                                    "inference.GRPCInferenceService",
                                                    "tei.v1.Info",
                                                    "tei.v1.Embed",
                                                    "tei.v1.Predict",
                                                    "tei.v1.Rerank",
                                                    "tei.v1.Tokenize",
                                                    "grpc.health.v1.Health"};

std::string message_of(Health health) {
  proto::HealthCheckResponse response;
  response.set_status(static_cast<proto::HealthCheckResponse::ServingStatus>(health));
  return write_message(response);
}

Result<void> check(const CallPtr& call) {
  FOVEA_TRY(const auto request, read_message<proto::HealthCheckRequest>(call->message()));
  const Health health = health_of(call->inference(), request.service());
  if (health == Health::kServiceUnknown) {
    return fail(Code::kNotFound, "there is no such model or service", "service", "\"\" asks for the whole server");
  }
  call->answer(message_of(health));
  return {};
}

Result<void> watch(const CallPtr& call) {
  FOVEA_TRY(auto request, read_message<proto::HealthCheckRequest>(call->message()));
  const auto health = call->door().health.lock();
  if (!health) return fail(Code::kUnavailable, "the server stops");
  health->add(std::move(*request.mutable_service()), call);
  return {};
}

}  // namespace

Health health_of(const inference::Inference& inference, std::string_view service) {
  const auto serving = [](bool is) { return is ? Health::kServing : Health::kNotServing; };
  if (std::ranges::find(kWhole, service) != kWhole.end()) return serving(inference.ready());
  const auto states = inference.models();
  const auto found = std::ranges::find(states, service, &inference::ModelState::name);
  if (found == states.end()) return Health::kServiceUnknown;
  return serving(found->state == "READY");
}

HealthWatch::~HealthWatch() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  more_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void HealthWatch::add(std::string service, const CallPtr& call) {
  const Health now = health_of(inference_, service);
  call->send(message_of(now));
  {
    const std::lock_guard lock(mutex_);
    watchers_.push_back({std::move(service), call, now});
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  more_.notify_all();
}

void HealthWatch::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    more_.wait(lock, [this] { return ended_ || !watchers_.empty(); });
    more_.wait_for(lock, kHealthLookEvery, [this] { return ended_; });
    if (ended_) return;
    std::vector<std::pair<CallPtr, Health>> news;
    std::erase_if(watchers_, [&](Watcher& each) {
      auto call = each.call.lock();
      if (!call) return true;
      const Health now = health_of(inference_, each.service);
      if (now != each.told) news.emplace_back(std::move(call), now);
      each.told = now;
      return false;
    });
    lock.unlock();
    for (const auto& [call, now] : news) call->send(message_of(now));
    news.clear();
    lock.lock();
  }
}

void add_health_methods(std::vector<Method>& out) {
  const auto add = [&out](const char* name, Kind kind, Handle how) {
    out.push_back({std::string("/grpc.health.v1.Health/") + name, access::Right::kAnyone, kind, how, nullptr});
  };
  add("Check", Kind::kUnary, handle<check>);
  add("Watch", Kind::kWatched, handle<watch>);
}

}  // namespace fovea::rpc
