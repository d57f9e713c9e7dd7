#include "serve/inference/cached_lane.h"

#include <algorithm>

#include "serve/inference/lane_ticket.h"

namespace fovea::inference {
namespace {

CacheKey key_of(const LaneCall& call, const Item& item) {
  const ModelInfo& info = call.model->backend->model().info;
  return cache_key(call.tenant, info.digest, info.precision, item.ids, item.types, item.token_width > 0);
}

bool is_kept(const Item& item) {
  return item.token_width == 0;
}

// Whether what failed for the call that began it may still be in time for another.
bool may_help(Code code) {
  return code == Code::kCancelled || code == Code::kDeadlineExceeded || code == Code::kResourceExhausted;
}

}  // namespace

class CachedLane::CacheTicket final : public Ticket {
 public:
  CacheTicket(CachedLane& lane, std::shared_ptr<Pending> pending) : lane_(lane), pending_(std::move(pending)) {}
  void cancel() override { lane_.cancel(pending_); }

 private:
  CachedLane& lane_;
  std::shared_ptr<Pending> pending_;
};

std::unique_ptr<Ticket> CachedLane::submit(Lane& lane, std::shared_ptr<LaneCall> call) {
  const bool all_have_tokens = std::ranges::none_of(call->items, [](const Item& item) { return item.ids.empty(); });
  if (call->items.empty() || call->model->backend->remote() || !all_have_tokens) {
    lane.submit(call);
    return std::make_unique<LaneTicket>(lane, std::move(call));
  }
  auto pending = std::make_shared<Pending>();
  pending->call = std::move(call);
  pending->answers.resize(pending->call->items.size());
  pending->left = pending->call->items.size();
  std::shared_ptr<Run> run;
  Ends ends;
  {
    std::lock_guard lock(mutex_);
    run = take_apart(lane, pending);
    if (pending->left == 0)
      finish(*pending, Reply{nullptr, std::move(pending->answers), pending->call->tokenized}, ends);
  }
  for (auto& [done, outcome] : ends) done(std::move(outcome));
  if (run) start(run);
  return std::make_unique<CacheTicket>(*this, std::move(pending));
}

// What is known is filled in, what is under way is waited for; what is left is returned as a run, or null.
std::shared_ptr<CachedLane::Run> CachedLane::take_apart(Lane& lane, const std::shared_ptr<Pending>& pending) {
  LaneCall& call = *pending->call;
  auto run = std::make_shared<Run>();
  std::vector<Item> items;
  for (size_t i = 0; i < call.items.size(); ++i) {
    CacheKey key = key_of(call, call.items[i]);
    if (const CachedRow row = is_kept(call.items[i]) ? cache_.find(key) : nullptr) {
      ++call.model->cache_hits;
      --pending->left;
      pending->answers[i] = {*row, call.items[i].ids.size(), std::move(call.items[i].spans), call.items[i].was_cut};
      continue;
    }
    const auto found = flights_.find(key.text);
    if (found != flights_.end()) {
      const auto& [other, index] = found->second;
      const bool own = other == run;
      if (own || (other->call->deadline <= call.deadline && other->call->priority <= call.priority)) {
        ++call.model->cache_hits;
        other->flights[index].wishes.push_back({pending, i});
        if (!own && std::ranges::find(pending->runs, other) == pending->runs.end()) pending->runs.push_back(other);
        continue;
      }
    }
    ++call.model->cache_misses;
    items.push_back(call.items[i]);
    const bool first = found == flights_.end();
    if (first) {
      flights_.emplace(key.text, std::pair(run, run->flights.size()));
    }
    run->flights.push_back({std::move(key), {{pending, i}}});
    run->shared.push_back(first);
  }
  if (run->flights.empty()) return nullptr;
  run->lane = &lane;
  run->began = pending;
  run->call = copy_for(*pending, std::move(items));
  pending->runs.push_back(run);
  return run;
}

std::shared_ptr<LaneCall> CachedLane::copy_for(const Pending& pending, std::vector<Item> items) {
  auto call = std::make_shared<LaneCall>();
  call->model = pending.call->model;
  call->tenant = pending.call->tenant;
  call->region = pending.call->region;
  call->priority = pending.call->priority;
  call->deadline = pending.call->deadline;
  call->tokenized = pending.call->tokenized;
  call->items = std::move(items);
  return call;
}

void CachedLane::start(const std::shared_ptr<Run>& run) {
  run->call->done = [this, run](std::expected<Reply, Failure> outcome) { end(run, std::move(outcome)); };
  run->lane->submit(run->call);
  bool wanted = true;
  {
    std::lock_guard lock(mutex_);
    run->started = true;
    wanted = is_wanted(*run);
  }
  if (!wanted) run->lane->cancel(run->call);
}

bool CachedLane::is_wanted(const Run& run) {
  return std::ranges::any_of(run.flights, [](const Flight& flight) {
    return std::ranges::any_of(flight.wishes, [](const Wish& wish) { return !wish.who->ended; });
  });
}

void CachedLane::fill(Pending& pending, size_t index, const CachedRow& row, Ends& ends) {
  if (pending.ended) return;
  Item& item = pending.call->items[index];
  pending.answers[index] = {*row, item.ids.size(), std::move(item.spans), item.was_cut};
  if (--pending.left > 0) return;
  finish(pending, Reply{nullptr, std::move(pending.answers), pending.call->tokenized, pending.waited, pending.computed},
         ends);
}

void CachedLane::finish(Pending& pending, std::expected<Reply, Failure> outcome, Ends& ends) {
  if (pending.ended) return;
  pending.ended = true;
  if (outcome) {
    const auto& model = pending.call->model;
    outcome->model = std::shared_ptr<const Model>(model, &model->backend->model());
    if (pending.runs.empty() ||
        std::ranges::none_of(pending.runs, [&](const auto& run) { return run->began.get() == &pending; }))
      ++model->cached_calls;
  }
  pending.runs.clear();
  ends.emplace_back(std::move(pending.call->done), std::move(outcome));
}

void CachedLane::end(const std::shared_ptr<Run>& run, std::expected<Reply, Failure> outcome) {
  Ends ends;
  std::vector<std::shared_ptr<Run>> anew;
  {
    std::lock_guard lock(mutex_);
    for (size_t i = 0; i < run->flights.size(); ++i) {
      Flight& flight = run->flights[i];
      if (run->shared[i]) flights_.erase(flight.key.text);
      if (outcome) {
        const auto row = std::make_shared<const std::vector<float>>(std::move(outcome->answers[i].values));
        if (is_kept(run->call->items[i])) cache_.put(flight.key, row);
        for (const Wish& wish : flight.wishes) {
          wish.who->waited = std::max(wish.who->waited, outcome->waited);
          wish.who->computed = std::max(wish.who->computed, outcome->computed);
          fill(*wish.who, wish.index, row, ends);
        }
        continue;
      }
      const bool hand_over = may_help(outcome.error().error.code);
      Flight rest{flight.key, {}};
      for (Wish& wish : flight.wishes) {
        if (wish.who->ended) continue;
        if (hand_over && wish.who != run->began) {
          rest.wishes.push_back(std::move(wish));
        } else {
          finish(*wish.who, std::unexpected(outcome.error()), ends);
        }
      }
      if (!rest.wishes.empty()) anew.push_back(begin_anew(*run->lane, std::move(rest)));
    }
    run->began.reset();
  }
  for (auto& [done, answer] : ends) done(std::move(answer));
  for (const auto& next : anew) start(next);
}

// For the one of them with the earliest deadline, so that it is in time for all.
std::shared_ptr<CachedLane::Run> CachedLane::begin_anew(Lane& lane, Flight flight) {
  auto run = std::make_shared<Run>();
  const auto first =
      std::ranges::min_element(flight.wishes, {}, [](const Wish& wish) { return wish.who->call->deadline; });
  run->lane = &lane;
  run->began = first->who;
  const Item& item = first->who->call->items[first->index];
  run->call = copy_for(*first->who, {item});
  for (const Wish& wish : flight.wishes) {
    run->call->priority = std::min(run->call->priority, wish.who->call->priority);
    wish.who->runs.push_back(run);
  }
  run->shared.push_back(flights_.emplace(flight.key.text, std::pair(run, size_t{0})).second);
  run->flights.push_back(std::move(flight));
  return run;
}

void CachedLane::cancel(const std::shared_ptr<Pending>& pending) {
  Ends ends;
  std::vector<std::shared_ptr<Run>> unwanted;
  {
    std::lock_guard lock(mutex_);
    if (pending->ended) return;
    std::vector<std::shared_ptr<Run>> runs = pending->runs;
    finish(*pending, std::unexpected(Failure{{Code::kCancelled, "the client went away", "", ""}, Nanos(0), true}),
           ends);
    for (auto& run : runs) {
      if (run->started && !is_wanted(*run)) unwanted.push_back(std::move(run));
    }
  }
  for (auto& [done, outcome] : ends) done(std::move(outcome));
  for (const auto& run : unwanted) run->lane->cancel(run->call);
}

}  // namespace fovea::inference
