#include "serve/inference/detachable_backend.h"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include "serve/inference/guarded_run.h"

namespace fovea::inference {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLook{5};  // how often it is asked whether anybody still waits

}  // namespace

struct DetachableBackend::Shared {
  std::shared_ptr<const Backend> backend;
  std::shared_ptr<LeftBehind> left_behind;
  std::mutex mutex;
  size_t away = 0;  // runs that were left behind and have not returned
  std::vector<std::unique_ptr<tensor::Arena>> spare;
};

struct DetachableBackend::Errand {
  std::vector<Item> items;
  std::vector<Answer> answers;
  std::unique_ptr<tensor::Arena> arena;
  std::atomic<bool> unwanted{false};
  // Under the lock of Shared.
  std::condition_variable returned;
  std::optional<Result<void>> result;
  std::optional<uint64_t> left;  // its number in LeftBehind
};

DetachableBackend::DetachableBackend(std::shared_ptr<const Backend> backend, std::shared_ptr<LeftBehind> left_behind,
                                     const std::atomic<bool>& ended, Detaching detaching)
    : backend_(std::move(backend)), shared_(std::make_shared<Shared>()), ended_(ended), detaching_(detaching) {
  shared_->backend = backend_;
  shared_->left_behind = std::move(left_behind);
}

// In the run's own thread, which may be all that is left of the server.
void DetachableBackend::carry_out(const std::shared_ptr<Shared>& shared, const std::shared_ptr<Errand>& errand) {
  std::vector<const Item*> items;
  std::vector<Answer*> to;
  for (const Item& item : errand->items) items.push_back(&item);
  for (Answer& answer : errand->answers) to.push_back(&answer);
  const auto pause = [&]() -> Result<void> {
    if (errand->unwanted) return fail(Code::kCancelled, "nobody waits for it");
    return {};
  };
  auto result =
      run_guarded(*shared->backend, {items, to, *errand->arena, pause, [&] { return errand->unwanted.load(); }});
  std::lock_guard lock(shared->mutex);
  errand->result = std::move(result);
  shared->spare.push_back(std::move(errand->arena));
  errand->returned.notify_one();
  if (!errand->left) return;
  --shared->away;
  shared->left_behind->remove(*errand->left);
}

// Under the lock, its thread detached.
Result<void> DetachableBackend::leave(const std::shared_ptr<Errand>& errand, Error why) const {
  const ModelInfo& info = backend_->model().info;
  ++shared_->away;
  errand->left = shared_->left_behind->add(fmt::format("a run of {} input(s) by version {} of {} that does not return",
                                                       errand->items.size(), info.version, info.name));
  return std::unexpected(std::move(why));
}

Result<void> DetachableBackend::run(const Run& run) const {
  auto errand = std::make_shared<Errand>();
  for (const Item* item : run.items) errand->items.push_back(*item);
  errand->answers.resize(errand->items.size());
  std::unique_lock lock(shared_->mutex);
  if (shared_->away > 0) return fail(Code::kUnavailable, "a run before it does not return");
  if (shared_->spare.empty()) shared_->spare.push_back(std::make_unique<tensor::Arena>());
  errand->arena = std::move(shared_->spare.back());
  shared_->spare.pop_back();
  std::thread thread;
  try {
    thread = std::thread([shared = shared_, errand] { carry_out(shared, errand); });
  } catch (const std::system_error& error) {
    return fail(Code::kResourceExhausted, fmt::format("no thread for the run: {}", error.what()));
  }
  const auto begun = Steady::now();
  std::optional<Steady::time_point> given_up;
  Error why{Code::kCancelled, "nobody waits for it, and it does not return", "", ""};
  while (!errand->result) {
    errand->returned.wait_for(lock, kLook);
    if (errand->result) break;
    const auto now = Steady::now();
    if (!given_up) {
      lock.unlock();
      bool wanted = !ended_ && !(run.abandoned && run.abandoned());
      if (wanted && run.pause) {
        if (auto go_on = run.pause(); !go_on) why = go_on.error(), wanted = false;
      }
      lock.lock();
      if (wanted && !run.abandoned && now - begun >= detaching_.patience) {
        why = {Code::kInternal, "its run does not return", "", "the version hangs: look at its model and its library"};
        wanted = false;
      }
      if (!wanted) given_up = now, errand->unwanted = true;
    } else if (now - *given_up >= detaching_.grace) {
      thread.detach();
      return leave(errand, std::move(why));
    }
  }
  const Result<void> result = *errand->result;
  lock.unlock();
  thread.join();
  for (size_t i = 0; i < run.answers.size(); ++i) *run.answers[i] = std::move(errand->answers[i]);
  return result;
}

}  // namespace fovea::inference
