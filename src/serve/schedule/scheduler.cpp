#include "serve/schedule/scheduler.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace fovea::schedule {
namespace {

constexpr Nanos kDelayWindow = std::chrono::milliseconds(100);
constexpr double kLoadMemoryNs = 1e9;  // how long admitted work counts as load
constexpr double kLoadMost = 0.9;
constexpr double kLoadNone = 0.99;     // of the server that is free: no load worth speaking of
constexpr double kOverdueShare = 0.1;  // of its expected time that a group is given which should have ended
constexpr double kGroupStep = 0.1;
constexpr int64_t kGroupTokensLeast = 32;
constexpr double kReserveStep = 0.01, kReserveMost = 0.1;  // of the time until the deadline
constexpr double kPromises = 2000;

double count(Nanos time) {
  return static_cast<double>(time.count());
}

Nanos nanos(double ns) {
  return Nanos(static_cast<int64_t>(std::min(ns, 9e18)));
}

}  // namespace

void Scheduler::add_model(uint32_t model, const CostModel& cost, int steps, size_t group_items) {
  Model& added = models_[model];  // of what may wait for it
  added.steps = std::max(steps, 1);
  added.items_per_group = 1;
  added.group_items = std::clamp<size_t>(group_items, 1, kGroupItemsMax);
  set_cost(model, cost);
}

void Scheduler::set_cost(uint32_t model, const CostModel& cost) {
  const auto found = models_.find(model);
  if (found == models_.end()) return;
  found->second.cost = cost;
  found->second.group_tokens =
      std::clamp(cost.group_tokens(), std::min(kGroupTokensLeast, options_.group_tokens), options_.group_tokens);
}

void Scheduler::remove_model(uint32_t model) {
  std::vector<uint64_t> gone;
  for (const auto& [id, waiting] : waiting_)
    if (waiting.request.model == model) gone.push_back(id);
  std::ranges::sort(gone);
  for (uint64_t id : gone) {
    remove(id);
    late_.push_back(id);
  }
  models_.erase(model);
}

const CostModel* Scheduler::cost(uint32_t model) const {
  const auto found = models_.find(model);
  return found == models_.end() ? nullptr : &found->second.cost;
}

double Scheduler::left_ns(const Group& group, Nanos now) {
  const double expected = count(group.expected);
  return std::max(expected - count(now - group.started - group.paused), kOverdueShare * expected);
}

// What the workers still have to do of what runs.
double Scheduler::busy_ns(Nanos now) const {
  double sum = 0;
  for (const auto& [id, group] : running_) sum += left_ns(group, now);
  return sum;
}

// The same before a request which takes `own` and goes behind `before` of what waits: groups that stay in time behind
// all of that will have let it pass at their next step.
double Scheduler::busy_before_ns(Nanos now, double before, double own) const {
  double sum = 0;
  for (const auto& [id, group] : running_) {
    double left = left_ns(group, now);
    const auto model = models_.find(group.model);
    const int steps = model == models_.end() ? 1 : model->second.steps;
    if (group.interrupts == 0 && steps > 1 && count(group.deadline - now) > left + before + own)
      left = std::min(left, count(group.expected) / steps);
    sum += left;
  }
  return sum;
}

Nanos Scheduler::backlog(Nanos now) const {
  double sum = busy_ns(now);
  for (const Class& each : classes_) sum += each.queue.cost_ns() * options_.workers;
  return nanos(sum / options_.workers);
}

double Scheduler::load_above(size_t rank, Nanos now) const {
  double load = 0;
  for (size_t r = 0; r < rank; ++r)
    load += classes_[r].load * std::exp(-count(now - classes_[r].load_at) / kLoadMemoryNs);
  return std::min(load, kLoadMost);
}

void Scheduler::note_load(size_t rank, double cost, Nanos now) {
  Class& of = classes_[rank];
  of.load = of.load * std::exp(-count(now - of.load_at) / kLoadMemoryNs) + cost / options_.workers / kLoadMemoryNs;
  of.load_at = now;
}

// What a request takes from its turn on. Where others of its model wait, it shares their groups: one that can't wait
// for a turn of its own is taken along by the group before it (fill).
double Scheduler::own_ns(const Request& request, const Model& model, double cost) const {
  const double alone = model.cost.cautious_ns(GroupWork::of(request.tokens));
  if (model.group_items == 1 || model.waiting == 0 || model.waiting < waiting_.size()) return alone;
  const DeadlineKey key{request.deadline.count(), request.id};
  const double before = classes_[static_cast<size_t>(request.priority)].queue.cost_before(key) * options_.workers;
  return std::min(alone, std::max(alone - before, cost * model.cost.caution()));
}

// What comes in a class above comes in bursts.
double Scheduler::burst_ns(const Model& model) const {
  return model.cost.expected_ns(GroupWork::of(options_.group_tokens));
}

// In time behind all that goes first? And would all behind it in its class still be? Lower classes do not hold it up:
// they counted on the load above them when they were admitted. Costs in queues have their margin in them.
std::optional<Refusal> Scheduler::judge(const Waiting& waiting, const Model& model, Nanos now) const {
  const Request& request = waiting.request;
  const double own = waiting.own_ns, workers = options_.workers;
  if (count(request.deadline - now) < model.cost.cautious_ns(GroupWork::of(request.tokens)))
    return Refusal{Refusal::Why::kTooLate, Nanos(0)};
  const DeadlineKey key = waiting.key();
  const size_t rank = waiting.rank;
  double above = 0;
  for (size_t r = 0; r < rank; ++r) above += classes_[r].queue.cost_ns();
  const double before = above + classes_[rank].queue.cost_before(key);
  const double busy = busy_before_ns(now, before, own) * errors_.margin() / workers;
  const double free_share = 1 - load_above(rank, now);
  // Near their deadlines groups are smaller than those among which the fixed cost was shared: one more is allowed for.
  const double kept = classes_[rank].reserve * count(request.deadline - now);
  const double more = before > 0 ? model.cost.expected_ns({}) + kept : 0;
  const double burst = free_share < kLoadNone ? static_cast<double>(rank) * burst_ns(model) / free_share : 0;
  const double late = count(now) + (busy + before) / free_share + burst + more + own - count(request.deadline);
  if (late > 0) return Refusal{Refusal::Why::kOverloaded, nanos(late)};
  const double room = classes_[rank].queue.room_behind(key);
  const double added = above + waiting.cost_ns * errors_.margin() / workers;
  const double pushed = count(now) + (busy + added) / free_share + burst - room;
  if (pushed > 0) return Refusal{Refusal::Why::kOverloaded, nanos(pushed)};
  return std::nullopt;
}

std::optional<Refusal> Scheduler::offer(const Request& request, Nanos now) {
  const auto found = models_.find(request.model);
  if (found == models_.end()) return Refusal{Refusal::Why::kNoModel, Nanos(0)};
  const Model& model = found->second;
  FOVEA_CHECK(request.tokens >= 0 && request.tokens <= kTokensEachMax && !waiting_.contains(request.id));
  promote(now);
  if (waiting_.size() >= options_.waiting_max || tokens_ + request.tokens > options_.tokens_max ||
      bytes_ + request.bytes > options_.bytes_max)
    return Refusal{Refusal::Why::kQueueFull, backlog(now)};
  const Nanos delay = waiting_.empty() ? Nanos(0) : least_delay_;
  const int shed = delay > 2 * options_.delay_max ? 2 : delay > options_.delay_max ? 1 : 0;
  if (static_cast<int>(request.priority) + shed > static_cast<int>(Priority::kBatch))
    return Refusal{Refusal::Why::kOverloaded, delay};
  const double cost = model.cost.shared_ns(request.tokens, model.items_per_group);
  Waiting waiting{request, static_cast<size_t>(request.priority), 0, cost, own_ns(request, model, cost), now};
  if (auto refused = judge(waiting, model, now)) {
    // A slow spell of the machine may have taught it too much, and with nothing admitted it would never learn better.
    if (running_.empty() && waiting_.empty()) found->second.cost.relax();
    return refused;
  }
  note_load(waiting.rank, cost, now);
  waiting.tenant = shares_.enter(request.tenant);
  put(std::move(waiting));
  return std::nullopt;
}

void Scheduler::put(Waiting&& waiting) {
  const Request& request = waiting.request;
  Class& to = classes_[waiting.rank];
  const double share = waiting.cost_ns * errors_.margin() / options_.workers;
  to.queue.insert(waiting.key(), count(request.deadline) - waiting.own_ns + share, share);
  to.by_tenant[waiting.tenant].insert(waiting.key());
  if (waiting.rank > 0) to.arrivals.emplace_back((waiting.arrived + options_.ageing).count(), request.id);
  tokens_ += request.tokens;
  bytes_ += request.bytes;
  ++models_.at(request.model).waiting;
  waiting_.emplace(request.id, std::move(waiting));
}

Scheduler::Waiting Scheduler::remove(uint64_t id) {
  const auto found = waiting_.find(id);
  Waiting gone = std::move(found->second);
  waiting_.erase(found);
  Class& from = classes_[gone.rank];
  from.queue.erase(gone.key());
  const auto tenant = from.by_tenant.find(gone.tenant);
  tenant->second.erase(gone.key());
  if (tenant->second.empty()) from.by_tenant.erase(tenant);
  shares_.leave(gone.tenant);
  tokens_ -= gone.request.tokens;
  bytes_ -= gone.request.bytes;
  --models_.at(gone.request.model).waiting;
  return gone;
}

bool Scheduler::cancel(uint64_t request) {
  if (!waiting_.contains(request)) return false;
  remove(request);
  return true;
}

void Scheduler::promote(Nanos now) {
  for (size_t rank = 1; rank < kPriorities; ++rank) {
    auto& arrivals = classes_[rank].arrivals;
    while (!arrivals.empty() && arrivals.front().first <= now.count()) {
      const uint64_t id = arrivals.front().second;
      arrivals.pop_front();
      const auto found = waiting_.find(id);
      if (found == waiting_.end() || found->second.rank != rank) continue;
      Waiting moved = remove(id);
      --moved.rank;
      moved.arrived = now;  // the next step takes as long again
      moved.tenant = shares_.enter(moved.request.tenant);
      put(std::move(moved));
    }
  }
}

// The earliest deadline of those whose tenants are not ahead of others; where all are, the earliest of all.
std::optional<DeadlineKey> Scheduler::head(const Class& from) const {
  const auto first = from.queue.first();
  if (!first) return first;
  const auto lead = static_cast<double>(options_.tenant_lead_tokens);
  if (!shares_.ahead(waiting_.at(first->id).tenant, lead)) return first;
  std::optional<DeadlineKey> best;
  for (const auto& [tenant, keys] : from.by_tenant)
    if (!shares_.ahead(tenant, lead) && (!best || *keys.begin() < *best)) best = *keys.begin();
  return best ? best : first;
}

std::optional<uint64_t> Scheduler::next(Nanos now) {
  promote(now);
  for (Class& each : classes_) {
    while (const auto first = head(each)) {
      const Waiting& waiting = waiting_.at(first->id);
      const double own = models_.at(waiting.request.model).cost.expected_ns(GroupWork::of(waiting.request.tokens));
      if (count(waiting.request.due(true) - now) >= own) return first->id;
      late_.push_back(first->id);
      remove(first->id);
      note_kept(each, false);
    }
  }
  return std::nullopt;
}

// A promise broken is a step more of reserve; it goes back by as much over kPromises that were kept.
void Scheduler::note_kept(Class& of, bool kept) {
  of.reserve = std::clamp(of.reserve + (kept ? -kReserveStep / kPromises : kReserveStep), 0.0, kReserveMost);
}

void Scheduler::note_delay(Nanos delay, Nanos now) {
  if (now - window_begin_ >= kDelayWindow) {
    least_delay_ = window_least_ == Nanos::max() ? Nanos(0) : window_least_;
    window_least_ = Nanos::max();
    window_begin_ = now;
  }
  window_least_ = std::min(window_least_, delay);
}

Group Scheduler::start(uint64_t first, Nanos now, uint64_t interrupts) {
  const Waiting waiting = remove(first);
  Model& model = models_.at(waiting.request.model);
  Group group;
  group.id = ++groups_;
  group.model = waiting.request.model;
  group.work = GroupWork::of(waiting.request.tokens);
  group.requests.push_back(first);
  group.overdue = count(waiting.request.deadline - now) < model.cost.expected_ns(group.work);
  group.deadline = waiting.request.due(group.overdue);
  group.started = now;
  group.interrupts = interrupts;
  group.rank = waiting.rank;
  shares_.charge(waiting.tenant, waiting.request.tokens);
  note_delay(now - waiting.arrived, now);
  if (interrupts == 0) {
    fill(group, waiting.rank, now);
    model.items_per_group += kGroupStep * (static_cast<double>(group.work.items) - model.items_per_group);
  }
  group.expected = nanos(model.cost.expected_ns(group.work));
  running_.emplace(group.id, group);
  return group;
}

// Work that may go before all of a class without making one of them late.
double Scheduler::spare_ns(const Class& of, const Group& group, Nanos now) const {
  const double own = models_.at(group.model).cost.expected_ns(group.work);
  return of.queue.room() - count(now) - (busy_ns(now) + own) * errors_.margin() / options_.workers;
}

bool Scheduler::can_wait(const Waiting& waiting, double until_ns, Nanos now) {
  return count(waiting.request.deadline - now) >= until_ns;
}

// More requests for the same model, as many as all of the group's deadlines allow; one that does not fit is passed over
// as far as it can spare the time. What waits is shared by the workers that are free: a group does not take what
// another worker could begin at once.
void Scheduler::fill(Group& group, size_t rank, Nanos now) {
  const Model& model = models_.at(group.model);
  if (model.group_items == 1) return;
  const CostModel& cost = model.cost;
  const auto idle = static_cast<int64_t>(options_.workers) - static_cast<int64_t>(running_.size());
  const int64_t share = (tokens_ + group.work.tokens) / std::max<int64_t>(idle, 1);
  const int64_t most = std::clamp(share, std::min(kGroupTokensLeast, model.group_tokens), model.group_tokens);
  const auto lead = static_cast<double>(options_.tenant_lead_tokens);
  std::vector<uint64_t> more;
  size_t seen = 0;
  double spare = std::numeric_limits<double>::infinity();  // of those passed over
  for (size_t r = rank; r < kPriorities; ++r) {
    const Class& from = classes_[r];
    const double spare_here = spare_ns(from, group, now);
    const auto pass_over = [&] {
      spare = std::min(spare, spare_here);
      return true;
    };
    from.queue.visit([&](const DeadlineKey& key) {
      if (++seen > kLookahead || group.requests.size() + more.size() >= model.group_items || spare <= 0) return false;
      const Waiting& waiting = waiting_.at(key.id);
      if (shares_.ahead(waiting.tenant, lead)) return true;
      if (waiting.request.model != group.model) return pass_over();
      const GroupWork alone = GroupWork::of(waiting.request.tokens), with = group.work + alone;
      if (with.tokens > most && can_wait(waiting, cost.cautious_ns(group.work) + cost.cautious_ns(alone), now))
        return pass_over();
      const Nanos deadline = std::min(group.deadline, waiting.request.due(group.overdue));
      const double added = waiting.cost_ns * errors_.margin() / options_.workers;
      const double takes = group.overdue ? cost.expected_ns(with) : cost.cautious_ns(with);
      if (count(deadline - now) < takes || spare < added) return pass_over();
      spare -= added;
      group.work = with;
      group.deadline = deadline;
      more.push_back(key.id);
      return true;
    });
  }
  for (uint64_t id : more) {
    const Waiting waiting = remove(id);
    shares_.charge(waiting.tenant, waiting.request.tokens);
    note_delay(now - waiting.arrived, now);
    group.requests.push_back(id);
  }
}

std::optional<Group> Scheduler::take(Nanos now) {
  const auto first = next(now);
  if (!first) return std::nullopt;
  return start(*first, now, 0);
}

std::optional<Group> Scheduler::take_urgent(uint64_t running, Nanos now) {
  const auto found = running_.find(running);
  if (found == running_.end() || found->second.interrupts != 0 || waiting_.empty()) return std::nullopt;
  const Group& group = found->second;
  const double left = count(group.expected) - count(now - group.started - group.paused);
  const auto first = next(now);
  if (!first) return std::nullopt;
  const Request& request = waiting_.at(*first).request;
  const double own = models_.at(request.model).cost.cautious_ns(GroupWork::of(request.tokens));
  if (count(request.deadline - now) >= left + own) return std::nullopt;
  if (count(group.deadline - now) < left + own) return std::nullopt;
  return start(*first, now, running);
}

void Scheduler::finish(uint64_t group, Nanos now, Nanos took) {
  const auto found = running_.find(group);
  FOVEA_CHECK(found != running_.end());
  const Group done = std::move(found->second);
  running_.erase(found);
  if (const auto model = models_.find(done.model); model != models_.end()) {
    model->second.cost.observe(done.work, count(took));
    errors_.note(count(done.expected), count(took));
  }
  if (took.count() > 0) {
    const bool kept = !done.overdue && now <= done.deadline;
    for (int64_t item = 0; item < done.work.items; ++item) note_kept(classes_[done.rank], kept);
  }
  if (const auto paused = running_.find(done.interrupts); paused != running_.end())
    paused->second.paused += now - done.started;
}

}  // namespace fovea::schedule
