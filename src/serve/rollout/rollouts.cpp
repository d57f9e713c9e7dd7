#include "serve/rollout/rollouts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "serve/rollout/limits.h"

namespace fovea::rollout {
namespace {

using inference::Call;
using inference::Done;
using inference::Failure;
using inference::Reply;
using inference::Ticket;
using Outcome = std::expected<Reply, Failure>;

// Without a key of the caller's, the same inputs stay with the same version.
std::string key_of(const Call& call) {
  if (!call.key.empty()) return call.key;
  std::string all = call.tenant;
  if (const auto* texts = std::get_if<std::vector<inference::Text>>(&call.inputs)) {
    for (const auto& text : *texts) all += '\n' + text.first + '\t' + text.second;
  } else if (const auto* ids = std::get_if<std::vector<inference::Ids>>(&call.inputs)) {
    for (const auto& each : *ids)
      all.append(reinterpret_cast<const char*>(each.ids.data()), each.ids.size() * sizeof(int32_t)).append("\n");
  } else {
    for (const auto& tensor : std::get<inference::Feed>(call.inputs).tensors) all += tensor.name + "\n" + tensor.bytes;
  }
  return all;
}

// Of the version, not of the request: another version may do better.
bool is_its_own(Code code) {
  return code == Code::kInternal || code == Code::kUnavailable || code == Code::kNotFound || code == Code::kUnknown ||
         code == Code::kDataLoss || code == Code::kUnimplemented;
}

// Cancels whichever of two attempts is under way.
class RetriedTicket final : public Ticket {
 public:
  void cancel() override {
    std::unique_ptr<Ticket> now;
    {
      std::lock_guard lock(mutex_);
      cancelled_ = true;
      now = std::move(ticket_);
    }
    if (now) now->cancel();
  }
  void keep(size_t attempt, std::unique_ptr<Ticket> ticket) {
    {
      std::lock_guard lock(mutex_);
      if (attempt < attempt_) return;  // over before its ticket came
      attempt_ = attempt;
      if (!cancelled_) {
        ticket_ = std::move(ticket);
        return;
      }
    }
    ticket->cancel();
  }
  bool cancelled() const {
    std::lock_guard lock(mutex_);
    return cancelled_;
  }

 private:
  mutable std::mutex mutex_;
  std::unique_ptr<Ticket> ticket_;
  size_t attempt_ = 0;
  bool cancelled_ = false;
};

class SharedTicket final : public Ticket {
 public:
  explicit SharedTicket(std::shared_ptr<RetriedTicket> ticket) : ticket_(std::move(ticket)) {}
  void cancel() override { ticket_->cancel(); }

 private:
  std::shared_ptr<RetriedTicket> ticket_;
};

}  // namespace

Rollouts::Rollouts(RolloutOptions options, inference::Inference& inference, Files& files, const Clock& clock)
    : options_(std::move(options)), inference_(inference), files_(files), clock_(clock) {
  for (const Plan& plan : options_.plans) {
    Model& model = models_[plan.model];
    model.plan = plan;
    if (!plan.shadow.version.empty()) model.shadow = std::make_unique<Shadow>(plan.shadow, inference, clock);
    if (!plan.canary.version.empty()) model.canary = std::make_unique<Canary>(plan.canary, plan.model);
  }
}

Result<std::unique_ptr<Rollouts>> Rollouts::create(RolloutOptions options, inference::Inference& inference,
                                                   Files& files, const Clock& clock) {
  std::unique_ptr<Rollouts> made(new Rollouts(std::move(options), inference, files, clock));
  FOVEA_OK(made->restore());
  made->thread_ = std::thread([rollouts = made.get()] { rollouts->work(); });
  return made;
}

Rollouts::~Rollouts() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<void> Rollouts::restore() {
  if (options_.state_file.empty()) return {};
  const auto bytes = files_.size(options_.state_file);
  if (!bytes) return bytes.error().code == Code::kNotFound ? Result<void>() : std::unexpected(bytes.error());
  FOVEA_TRY(const std::string text, files_.read(options_.state_file, 0, kStateBytesMax));
  FOVEA_TRY(const Json json, parse_json_file(text, options_.state_file));
  for (auto& [name, model] : models_) {
    const Json& saved = member(member(json, "canaries"), name);
    if (!model.canary || saved.is_null()) continue;
    if (auto restored = model.canary->restore(saved); !restored) {
      Error error = restored.error();
      error.where = options_.state_file;
      error.hint = "delete it to begin canaries anew";
      return std::unexpected(std::move(error));
    }
  }
  return {};
}

void Rollouts::save() {
  if (options_.state_file.empty()) return;
  JsonObject canaries;
  for (const auto& [name, model] : models_)
    if (model.canary) canaries[name] = model.canary->save();
  const auto saved = files_.write_atomic(options_.state_file, to_text(JsonObject{{"canaries", std::move(canaries)}}));
  if (!saved && options_.tell) options_.tell("the state of canaries could not be kept: " + saved.error().text());
}

// What the canary's version means now; empty where it does not serve or is what serves anyway.
std::string Rollouts::target_of(const Model& model) const {
  const auto canary = inference_.model(model.plan.model, model.plan.canary.version);
  const auto primary = inference_.model(model.plan.model, "");
  if (!canary || !primary || (*canary).get() == (*primary).get()) return "";
  return (*canary)->info.version + " " + (*canary)->info.digest.substr(0, 12);
}

void Rollouts::judge() {
  const std::lock_guard one_at_a_time(judging_);
  bool changed = false;
  std::vector<std::pair<std::string, std::string>> promoted;
  for (auto& [name, model] : models_) {
    if (!model.canary) continue;
    const std::string target = target_of(model);
    uint64_t compared = 0;
    double agreement = 0;
    if (model.shadow && model.plan.shadow.version == model.plan.canary.version) {
      if (!target.empty() && target != model.compared_target) {
        if (!model.compared_target.empty()) model.shadow->forget();
        model.compared_target = target;
      }
      const auto state = model.shadow->state();
      compared = state.compared;
      agreement = compared == 0 ? 0 : static_cast<double>(state.agreed) / static_cast<double>(compared);
    }
    const bool was_promoted = model.canary->promoted();
    if (!model.canary->judge(target, compared, agreement, clock_.steady(), clock_.now())) continue;
    changed = true;
    const auto state = model.canary->state();
    if (options_.tell && !state.events.empty())
      options_.tell(fmt::format("canary of {}: {}", name, state.events.back()));
    if (!was_promoted && model.canary->promoted()) promoted.emplace_back(name, model.plan.canary.version);
  }
  if (changed) save();
  for (const auto& [name, version] : promoted)
    if (options_.promoted) options_.promoted(name, version);
}

void Rollouts::work() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    lock.unlock();
    judge();
    lock.lock();
    wake_.wait_for(lock, options_.judged_every, [this] { return stop_; });
  }
}

std::unique_ptr<Ticket> Rollouts::submit(Call call, Done done) {
  const auto found = call.version.empty() ? models_.find(call.model) : models_.end();
  if (found == models_.end()) return inference_.submit(std::move(call), std::move(done));
  Model& model = found->second;
  const std::string key = key_of(call);
  const Nanos begun = clock_.steady();

  if (model.canary && model.canary->takes(key)) {
    auto kept = std::make_shared<RetriedTicket>();
    auto again = std::make_shared<Call>(call);
    call.version = model.plan.canary.version;
    auto first = inference_.submit(
        std::move(call), [this, &model, kept, again, begun, done = std::move(done)](Outcome outcome) mutable {
          const bool own = !outcome && is_its_own(outcome.error().error.code) && !kept->cancelled();
          model.canary->note(true, own, clock_.steady() - begun);
          if (!own) return done(std::move(outcome));
          kept->keep(1, inference_.submit(std::move(*again), std::move(done)));
        });
    kept->keep(0, std::move(first));
    return std::make_unique<SharedTicket>(std::move(kept));
  }

  std::shared_ptr<ShadowCopy> copy;
  if (model.shadow && model.shadow->wants(key, call.model)) {
    copy = std::make_shared<ShadowCopy>();
    copy->call = call;
    copy->bytes = bytes_of(call);
  }
  if (!copy && !model.canary) return inference_.submit(std::move(call), std::move(done));
  return inference_.submit(std::move(call), [this, &model, copy, begun, done = std::move(done)](Outcome outcome) {
    if (model.canary)
      model.canary->note(false, !outcome && is_its_own(outcome.error().error.code), clock_.steady() - begun);
    if (!copy || !outcome) return done(std::move(outcome));
    copy->answers = outcome->answers;
    copy->model = outcome->model;
    done(std::move(outcome));
    model.shadow->offer(std::move(*copy));
  });
}

Result<inference::Statistics> Rollouts::statistics(std::string_view name, std::string_view version) const {
  FOVEA_TRY(inference::Statistics out, inference_.statistics(name, version));
  const auto found = models_.find(name);
  if (found == models_.end()) return out;
  auto state = std::make_shared<inference::RolloutState>();
  if (found->second.shadow) state->shadow = found->second.shadow->state();
  if (found->second.canary) state->canary = found->second.canary->state();
  out.rollout = std::move(state);
  return out;
}

}  // namespace fovea::rollout
