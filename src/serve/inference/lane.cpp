#include "serve/inference/lane.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "serve/inference/guarded_run.h"
#include "serve/inference/limits.h"
#include "serve/inference/measure_tensors.h"
#include "serve/inference/measure_texts.h"
#include "serve/inference/remote_lane.h"
#include "serve/inference/turns.h"

namespace fovea::inference {
namespace {

using schedule::Refusal;

Failure failure(Code code, std::string message, std::string hint = {}, bool retry_helps = true) {
  return {{code, std::move(message), "", std::move(hint)}, Nanos(0), retry_helps};
}

Failure failure_of(const Refusal& refusal) {
  switch (refusal.why) {
    case Refusal::Why::kQueueFull: {
      Failure made = failure(Code::kResourceExhausted, "the queue is full", "try again later");
      made.retry_after = refusal.retry_after;
      return made;
    }
    case Refusal::Why::kOverloaded: {
      Failure made = failure(Code::kResourceExhausted, "the server has more work than it can do by the deadline",
                             "try again later, or with a later deadline");
      made.retry_after = refusal.retry_after;
      return made;
    }
    case Refusal::Why::kTooLate:
      return failure(Code::kDeadlineExceeded, "would be late on an idle server, too", "give it a later deadline",
                     false);
    case Refusal::Why::kNoModel:
      return failure(Code::kUnavailable, "the model is being replaced", "try again");
  }
  return failure(Code::kInternal, "refused");
}

// Of what a backend says. One that was stopped because nobody waited any more was stopped for its deadline where the
// client is still there.
Failure failure_of(const Error& error, const LaneCall& call) {
  if (error.code == Code::kCancelled && !call.gone)
    return failure(Code::kDeadlineExceeded, "took longer than its deadline", "give it a later deadline", false);
  return {error, Nanos(0), false};
}

}  // namespace

// One group that a worker runs.
struct Lane::Running {
  schedule::Group group;
  std::vector<Waits> waits;
  tensor::Arena& arena;
  Nanos paused{0};
};

Lane::Lane(const schedule::SchedulerOptions& options, const Clock& clock, bool background)
    : options_(options), clock_(clock), scheduler_(options), remote_(std::make_unique<RemoteLane>(clock)) {
  learner_ = std::make_unique<CostLearner>(
      Stopwatch{clock}, [this](uint32_t model, const schedule::CostModel& cost) { renew_cost(model, cost); });
  for (int worker = 0; worker < options.workers; ++worker)
    threads_.emplace_back([this, background] {
      if (background) give_way();
      work();
    });
}

Lane::~Lane() {
  stop();
}

void Lane::stop() {
  learner_->stop();
  remote_->stop();
  std::vector<Ending> ending;
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
    std::vector<std::shared_ptr<LaneCall>> calls;
    for (const auto& [id, waits] : requests_) calls.push_back(waits.call);
    for (const auto& call : calls) {
      forget_waiting(*call);
      end(call, std::unexpected(failure(Code::kUnavailable, "the server stops", "try another one")), ending);
      call->gone = true;  // what runs stops at its next layer
    }
    waiting_ = scheduler_.waiting();
  }
  work_.notify_all();
  answer_all(ending);
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

Result<schedule::CostModel> Lane::estimate(const Backend& backend, const Clock& clock) {
  return backend.model().info.task == Task::kTensors ? measure_tensors(backend, clock)
                                                     : estimate_texts(backend, {clock});
}

void Lane::learn(const LaneModel& model) {
  if (!model.background && !model.backend->remote() && model.backend->model().info.task != Task::kTensors)
    learner_->learn(model.number, model.backend);
}

void Lane::renew_cost(uint32_t model, const schedule::CostModel& cost) {
  std::lock_guard lock(mutex_);
  scheduler_.set_cost(model, cost);
}

std::optional<schedule::CostModel> Lane::cost(const LaneModel& model) const {
  std::lock_guard lock(mutex_);
  const schedule::CostModel* known = scheduler_.cost(model.number);
  return known ? std::optional(*known) : std::nullopt;
}

std::shared_ptr<LaneModel> Lane::add(std::shared_ptr<const Backend> backend, const schedule::CostModel& cost) {
  auto model = std::make_shared<LaneModel>();
  model->backend = std::move(backend);
  std::lock_guard lock(mutex_);
  model->number = ++last_model_;
  model->cost = cost;
  if (!model->backend->remote()) offer_model(*model);
  return model;
}

void Lane::offer_model(const LaneModel& model) {
  const ModelInfo& info = model.backend->model().info;
  const size_t items = info.task == Task::kTensors ? static_cast<size_t>(std::max<int64_t>(info.batch_max, 1))
                                                   : schedule::kGroupItemsMax;
  scheduler_.add_model(model.number, model.cost, model.backend->steps(), items);
}

void Lane::retire(const std::shared_ptr<LaneModel>& model) {
  if (model->backend->remote()) return;  // its calls keep it
  std::lock_guard lock(mutex_);
  retiring_.push_back(model);
  let_go();
}

void Lane::let_go() {
  std::erase_if(retiring_, [&](const std::shared_ptr<LaneModel>& model) {
    const bool used =
        std::ranges::any_of(requests_, [&](const auto& each) { return each.second.call->model == model; });
    if (!used) scheduler_.remove_model(model->number);
    return !used;
  });
}

Statistics Lane::statistics(const LaneModel& model) const {
  if (model.backend->remote()) return remote_->statistics(model);
  std::lock_guard lock(mutex_);
  return model.counts;
}

size_t Lane::waiting() const {
  return waiting_.load(std::memory_order_relaxed);
}

int64_t Lane::waiting_tokens() const {
  std::lock_guard lock(mutex_);
  return scheduler_.waiting_tokens();
}

void Lane::submit(const std::shared_ptr<LaneCall>& call) {
  if (call->model->backend->remote()) return remote_->submit(call);
  std::vector<Ending> ending;
  {
    std::lock_guard lock(mutex_);
    ++calls_;
    const Nanos now = clock_.steady();
    call->answers.resize(call->items.size());
    call->left = call->items.size();
    ++call->model->counts.requests;
    call->model->counts.tokenized += call->tokenized;
    if (!scheduler_.cost(call->model->number)) {  // found before it was replaced
      offer_model(*call->model);
      retiring_.push_back(call->model);
    }
    const Nanos kept = std::clamp<Nanos>((call->deadline - now) / kAnswerTimePart, Nanos(0), kAnswerTimeMax);
    std::optional<Failure> refused;
    if (stop_) refused = failure(Code::kUnavailable, "the server stops", "try another one");
    for (size_t i = 0; i < call->items.size() && !refused; ++i) {
      const uint64_t id = ++last_request_;
      const auto refusal =
          scheduler_.offer({id, call->model->number, call->priority, call->tenant, call->items[i].tokens(),
                            call->items[i].bytes(), call->deadline - kept, call->deadline - kept / kAnswerLeastPart},
                           now);
      if (refusal) {
        refused = failure_of(*refusal);
      } else {
        call->requests.push_back(id);
        requests_.emplace(id, Waits{call, i, now});
      }
    }
    if (refused) {
      ++call->model->counts.refused;
      forget_waiting(*call);
      end(call, std::unexpected(std::move(*refused)), ending);
    } else if (call->items.empty()) {
      end(call, Reply{}, ending);
    }
    end_late(ending);
    waiting_ = scheduler_.waiting();
    const size_t wake = std::min(free_, scheduler_.waiting());
    for (size_t i = 0; i < wake; ++i) work_.notify_one();
  }
  answer_all(ending);
}

void Lane::cancel(const std::shared_ptr<LaneCall>& call) {
  if (call->model->backend->remote()) return remote_->cancel(call);
  call->gone = true;
  std::vector<Ending> ending;
  {
    std::lock_guard lock(mutex_);
    if (call->ended) return;
    ++call->model->counts.cancelled;
    forget_waiting(*call);
    end(call, std::unexpected(failure(Code::kCancelled, "the client went away")), ending);
    waiting_ = scheduler_.waiting();
  }
  answer_all(ending);
}

bool Lane::drain(Nanos until) {
  const bool none_away = remote_->drain(until);
  std::unique_lock lock(mutex_);
  while (calls_ > 0 && clock_.steady() < until) idle_.wait_for(lock, std::chrono::milliseconds(10));
  return calls_ == 0 && none_away;
}

// Those of its requests that no worker has yet.
void Lane::forget_waiting(LaneCall& call) {
  for (uint64_t id : call.requests)
    if (scheduler_.cancel(id)) requests_.erase(id);
  call.requests.clear();
}

void Lane::end(const std::shared_ptr<LaneCall>& call, std::expected<Reply, Failure> answer,
               std::vector<Ending>& ending) {
  if (call->ended) return;
  call->ended = true;
  --calls_;
  if (!answer) ++call->model->counts.failures;
  call->model->counts.last_ms = clock_.now().ns / 1'000'000;
  ending.push_back({call, std::move(answer)});
  if (calls_ == 0) idle_.notify_all();
}

void Lane::answer_all(std::vector<Ending>& ending) {
  for (Ending& each : ending) {
    if (each.answer) {
      const auto& model = each.call->model;
      each.answer->model = std::shared_ptr<const Model>(model, &model->backend->model());
    }
    each.call->done(std::move(each.answer));
    each.call->done = {};
  }
  ending.clear();
}

void Lane::end_late(std::vector<Ending>& ending) {
  for (uint64_t id : scheduler_.take_late()) {
    const auto found = requests_.find(id);
    if (found == requests_.end()) continue;
    const auto call = found->second.call;
    requests_.erase(found);
    forget_waiting(*call);
    end(call, std::unexpected(failure(Code::kDeadlineExceeded, "its turn came too late")), ending);
  }
}

void Lane::work() {
  tensor::Arena arena;
  std::unique_lock lock(mutex_);
  while (true) {
    auto group = scheduler_.take(clock_.steady());
    std::vector<Ending> ending;
    end_late(ending);
    waiting_ = scheduler_.waiting();
    if (!ending.empty()) {
      lock.unlock();
      answer_all(ending);
      lock.lock();
    }
    if (group) {
      run(std::move(*group), arena, lock);
      continue;
    }
    if (stop_) return;
    if (scheduler_.waiting() > 0) continue;
    ++free_;
    work_.wait(lock);
    --free_;
  }
}

// Runs a group without the lock, answers what ended with it.
void Lane::run(schedule::Group group, tensor::Arena& arena, std::unique_lock<std::mutex>& lock) {
  Running running{std::move(group), {}, arena};
  const Nanos begin = clock_.steady();
  for (uint64_t id : running.group.requests) running.waits.push_back(requests_.at(id));
  lock.unlock();
  fit_turns(running.group.expected);
  const auto model = running.waits.front().call->model;
  std::vector<const Item*> items;
  std::vector<Answer> answers(running.waits.size());
  std::vector<Answer*> to;
  for (size_t i = 0; i < running.waits.size(); ++i) {
    items.push_back(&running.waits[i].call->items[running.waits[i].index]);
    to.push_back(&answers[i]);
  }
  const auto abandoned = [&] {
    const Nanos time = clock_.steady();
    return std::ranges::all_of(running.waits, [&](const Waits& waits) {
      return waits.call->gone.load(std::memory_order_relaxed) || waits.call->deadline < time;
    });
  };
  const auto computed = [&](size_t first, size_t count) {
    return run_guarded(*model->backend, {std::span(items).subspan(first, count), std::span(to).subspan(first, count),
                                         arena, [&] { return pause(running); }, abandoned});
  };
  std::vector<Result<void>> results(items.size(), computed(0, items.size()));
  const Result<void> result = results.front();
  if (!result && result.error().code != Code::kCancelled && items.size() > 1)  // whose fault was it?
    for (size_t i = 0; i < items.size(); ++i) results[i] = computed(i, 1);
  const Nanos now = clock_.steady(), took = now - begin - running.paused;
  std::vector<Ending> ending;
  lock.lock();
  scheduler_.finish(running.group.id, now, result ? took : Nanos(0));
  ++model->counts.groups;
  model->counts.inferences += running.waits.size();
  model->counts.computed += took;
  for (size_t i = 0; i < running.waits.size(); ++i) {
    LaneCall& call = *running.waits[i].call;
    model->counts.waited += begin - running.waits[i].offered;
    call.waited = std::max(call.waited, begin - running.waits[i].offered);
    call.computed = std::max(call.computed, took);
    if (!call.ended) call.answers[running.waits[i].index] = std::move(answers[i]);
  }
  end_group(running, results, ending);
  lock.unlock();
  answer_all(ending);
  running.waits.clear();
  lock.lock();
}

void Lane::end_group(Running& running, std::span<const Result<void>> results, std::vector<Ending>& ending) {
  for (size_t i = 0; i < running.waits.size(); ++i) {
    const auto& call = running.waits[i].call;
    requests_.erase(running.group.requests[i]);
    if (call->ended) continue;
    if (!results[i]) {
      forget_waiting(*call);
      end(call, std::unexpected(failure_of(results[i].error(), *call)), ending);
      continue;
    }
    Answer& answer = call->answers[running.waits[i].index];
    Item& item = call->items[running.waits[i].index];
    answer.spans = std::move(item.spans);
    answer.was_cut = item.was_cut;
    if (--call->left > 0) continue;
    end(call, Reply{nullptr, std::move(call->answers), call->tokenized, call->waited, call->computed}, ending);
  }
  if (!retiring_.empty()) let_go();
}

// Between two layers: is anybody still waiting for this, and does somebody else wait who can't?
Result<void> Lane::pause(Running& running) {
  const auto gone = [](const Waits& waits) { return waits.call->gone.load(std::memory_order_relaxed); };
  if (std::ranges::all_of(running.waits, gone)) return fail(Code::kCancelled, "the clients went away");
  if (running.group.interrupts != 0 || waiting_.load(std::memory_order_relaxed) == 0) return {};
  std::unique_lock lock(mutex_);
  const Nanos begin = clock_.steady();
  auto urgent = scheduler_.take_urgent(running.group.id, begin);
  std::vector<Ending> ending;
  end_late(ending);
  waiting_ = scheduler_.waiting();
  if (urgent) run(std::move(*urgent), running.arena, lock);
  lock.unlock();
  answer_all(ending);
  running.paused += clock_.steady() - begin;
  return {};
}

}  // namespace fovea::inference
