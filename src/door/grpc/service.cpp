#include "door/grpc/service.h"

#include <fmt/format.h>

#include "door/grpc/health.h"
#include "door/grpc/limits.h"
#include "door/grpc/session.h"

namespace fovea::rpc {
namespace {

std::string_view value_of(const Metadata& metadata, std::string_view name) {
  for (const auto& [key, value] : metadata) {
    if (key == name) return value;
  }
  return {};
}

// Counts a call from its begin to its end.
class Counted final : public Outlet {
 public:
  Counted(std::shared_ptr<Outlet> outlet, std::shared_ptr<std::atomic<size_t>> count)
      : outlet_(std::move(outlet)), count_(std::move(count)) {}
  ~Counted() override { end(); }

  void more() override { outlet_->more(); }
  void send(std::string message) override { outlet_->send(std::move(message)); }
  void answer(std::string message) override {
    outlet_->answer(std::move(message));
    end();
  }
  void finish(Ending ending) override {
    outlet_->finish(std::move(ending));
    end();
  }
  size_t unsent() const override { return outlet_->unsent(); }

 private:
  void end() {
    if (!ended_.exchange(true)) --*count_;
  }

  const std::shared_ptr<Outlet> outlet_;
  const std::shared_ptr<std::atomic<size_t>> count_;
  std::atomic<bool> ended_{false};
};

}  // namespace

Service::Service(inference::Inference& inference, const Clock& clock, access::Access& access, ServiceOptions options)
    : side_(std::make_shared<wire::SideThreads>()),
      health_(std::make_shared<HealthWatch>(inference)),
      door_(std::make_shared<const Door>(Door{inference, clock, access, std::move(options), side_, health_,
                                              std::make_shared<std::atomic<size_t>>(0)})),
      methods_(all_methods()),
      unsent_(door_->options.unsent_bytes_max) {
  for (const Method& each : methods_) by_name_.emplace(each.name, &each);
}

Service::~Service() = default;

std::expected<access::Caller, Ending> Service::authorise(const Asking& asking, const Method* method) const {
  access::Ask ask{method ? method->needs : access::Needs(access::Right::kLook),
                  access::key_of(value_of(asking.metadata, "authorization"), value_of(asking.metadata, "x-api-key")),
                  asking.certificate_names};
  auto caller = door_->access.authorise(ask);
  if (caller) return std::move(*caller);
  return std::unexpected(ending_of(std::move(caller.error())));
}

std::shared_ptr<Session> Service::begin(Asking asking, std::shared_ptr<Outlet> outlet) {
  const auto refuse = [&](Ending why) {
    outlet->finish(std::move(why));
    return no_session();
  };
  const auto found = by_name_.find(asking.method);
  const Method* method = found == by_name_.end() ? nullptr : found->second;
  auto caller = authorise(asking, method);
  if (!caller) return refuse(std::move(caller.error()));
  if (!method) {
    return refuse(ending({Code::kUnimplemented,
                          fmt::format("there is no method '{}'", asking.method.substr(0, 200)),
                          {},
                          "reflection lists those that are there"}));
  }
  const bool probe = method->needs.right == access::Right::kAnyone && method->kind == Kind::kUnary;
  if (++*under_way_ > kCallsMax && !probe) {
    --*under_way_;
    Ending full = ending({Code::kResourceExhausted, fmt::format("{} calls are under way", kCallsMax), {}, "try again"});
    full.retry_after = std::chrono::milliseconds(100);
    return refuse(std::move(full));
  }
  auto counted = std::make_shared<Counted>(outlet, under_way_);
  std::string region(value_of(asking.metadata, "x-data-region")), key(value_of(asking.metadata, "x-routing-key"));
  auto session =
      make_session({door_, method, std::move(*caller), asking.deadline, std::move(region), std::move(key), counted});
  {
    const std::lock_guard lock(mutex_);
    if (draining_) {
      counted->finish(ending({Code::kUnavailable, "the server stops", {}, "try another one"}));
      return no_session();
    }
    if (method->kind != Kind::kUnary) {
      std::erase_if(sessions_, [](const auto& each) { return each.expired(); });
      sessions_.push_back(session);
    }
  }
  counted->more();
  return session;
}

void Service::drain() {
  std::vector<std::weak_ptr<Session>> sessions;
  {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    sessions.swap(sessions_);
  }
  for (const auto& each : sessions) {
    if (const auto session = each.lock()) session->drain();
  }
}

std::vector<Method> all_methods() {
  std::vector<Method> out;
  add_v2_methods(out);
  add_tei_methods(out);
  add_health_methods(out);
  add_reflection_methods(out);
  return out;
}

}  // namespace fovea::rpc
