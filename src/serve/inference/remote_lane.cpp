#include "serve/inference/remote_lane.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace fovea::inference {
namespace {

std::unexpected<Failure> failed(Code code, std::string message, std::string hint = {}, Nanos retry_after = Nanos(0)) {
  return std::unexpected(Failure{{code, std::move(message), "", std::move(hint)}, retry_after});
}

}  // namespace

// A call, and how much of it is under way.
struct RemoteLane::Sent {
  std::shared_ptr<LaneCall> call;
  Nanos offered{0};
  uint64_t number = 0;
  size_t next = 0;  // of its items: the first that no request has
  std::vector<std::shared_ptr<Ticket>> tickets;
  bool ended = false;
};

// What waits for one model, and what is under way to it.
struct RemoteLane::Service {
  using Key = std::tuple<schedule::Priority, int64_t, uint64_t>;  // class, deadline, number
  std::map<Key, std::shared_ptr<Sent>> waiting;
  size_t waiting_items = 0, in_flight = 0;
  uint64_t last = 0;

  static Key key(const Sent& sent) { return {sent.call->priority, sent.call->deadline.count(), sent.number}; }
  void forget(const Sent& sent) {
    if (waiting.erase(key(sent)) > 0) waiting_items -= sent.call->items.size() - sent.next;
  }
};

RemoteLane::RemoteLane(const Clock& clock) : clock_(clock), thread_([this] { work(); }) {}

RemoteLane::~RemoteLane() {
  stop();
}

void RemoteLane::stop() {
  std::vector<Ending> ending;
  std::vector<std::shared_ptr<Ticket>> tickets;
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
    while (!calls_.empty()) {
      const auto sent = calls_.begin()->second;
      tickets.insert(tickets.end(), sent->tickets.begin(), sent->tickets.end());
      end(sent, failed(Code::kUnavailable, "the server stops", "try another one"), ending);
    }
  }
  work_.notify_all();
  if (thread_.joinable()) thread_.join();
  answer_all(ending, std::move(tickets));
  std::unique_lock lock(mutex_);  // backends still tell the ends of what was cancelled
  idle_.wait(lock, [this] { return under_way_ == 0; });
}

void RemoteLane::submit(const std::shared_ptr<LaneCall>& call) {
  std::vector<Ending> ending;
  {
    std::lock_guard lock(mutex_);
    auto& service = services_[call->model.get()];
    if (!service) service = std::make_unique<Service>();
    call->answers.resize(call->items.size());
    call->left = call->items.size();
    Statistics& counts = call->model->counts;
    ++counts.requests;
    counts.tokenized += call->tokenized;
    auto sent = std::make_shared<Sent>();
    sent->call = call;
    sent->offered = clock_.steady();
    sent->number = ++service->last;
    calls_.emplace(call.get(), sent);
    const size_t waiting_max = call->model->backend->remote()->bounds().waiting_max;
    if (stop_) {
      end(sent, failed(Code::kUnavailable, "the server stops", "try another one"), ending);
    } else if (call->items.empty()) {
      end(sent, Reply{}, ending);
    } else if (service->waiting_items + call->items.size() > waiting_max) {
      ++counts.refused;
      end(sent,
          failed(Code::kResourceExhausted,
                 fmt::format("{} inputs wait for the service already", service->waiting_items), "try again later",
                 std::chrono::seconds(1)),
          ending);
    } else {
      service->waiting.emplace(Service::key(*sent), sent);
      service->waiting_items += call->items.size();
    }
  }
  work_.notify_all();
  answer_all(ending);
}

void RemoteLane::cancel(const std::shared_ptr<LaneCall>& call) {
  call->gone = true;
  std::vector<Ending> ending;
  std::vector<std::shared_ptr<Ticket>> tickets;
  {
    std::lock_guard lock(mutex_);
    const auto found = calls_.find(call.get());
    if (found == calls_.end()) return;
    const auto sent = found->second;
    ++call->model->counts.cancelled;
    tickets = sent->tickets;
    end(sent, failed(Code::kCancelled, "the client went away"), ending);
  }
  work_.notify_all();
  answer_all(ending, std::move(tickets));
}

bool RemoteLane::drain(Nanos until) {
  std::unique_lock lock(mutex_);
  while (!calls_.empty() && clock_.steady() < until) idle_.wait_for(lock, std::chrono::milliseconds(10));
  return calls_.empty();
}

Statistics RemoteLane::statistics(const LaneModel& model) const {
  std::lock_guard lock(mutex_);
  return model.counts;
}

// Starts what may start, ends what is late; REQUIRES nothing of the backends' threads, so that a backend may tell an
// end from within start().
void RemoteLane::work() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const Nanos now = clock_.steady();
    Nanos soonest = std::chrono::milliseconds(100);
    std::vector<Ending> ending;
    std::vector<std::shared_ptr<Ticket>> tickets;
    for (auto each = calls_.begin(); each != calls_.end();) {
      const auto sent = (each++)->second;
      const Nanos left = sent->call->deadline - now;
      soonest = std::clamp(left, Nanos(0), soonest);
      if (left.count() > 0) continue;
      tickets.insert(tickets.end(), sent->tickets.begin(), sent->tickets.end());
      end(sent,
          failed(Code::kDeadlineExceeded,
                 sent->next == 0 ? "its turn came too late" : "the service did not answer in time"),
          ending);
    }
    std::shared_ptr<Sent> first;
    std::erase_if(services_,
                  [](const auto& each) { return each.second->waiting.empty() && each.second->in_flight == 0; });
    for (auto& [model, service] : services_) {
      if (service->waiting.empty() || service->in_flight >= model->backend->remote()->bounds().in_flight) continue;
      first = service->waiting.begin()->second;
      break;
    }
    if (!ending.empty()) {
      lock.unlock();
      answer_all(ending, std::move(tickets));
      lock.lock();
      continue;
    }
    if (first) {
      start(first, lock);
    } else {
      work_.wait_for(lock, std::max<Nanos>(soonest, std::chrono::microseconds(100)));
    }
  }
}

// The next group of a call, without the lock.
void RemoteLane::start(const std::shared_ptr<Sent>& sent, std::unique_lock<std::mutex>& lock) {
  LaneCall& call = *sent->call;
  Service& service = *services_.at(call.model.get());
  const RemoteBackend& backend = *call.model->backend->remote();
  const size_t first = sent->next;
  const std::span<const Item> rest(call.items.data() + first, call.items.size() - first);
  const size_t count = std::clamp<size_t>(backend.fits(rest), 1, rest.size());
  sent->next += count;
  service.waiting_items -= count;
  if (sent->next == call.items.size()) service.waiting.erase(Service::key(*sent));
  ++service.in_flight;
  ++under_way_;
  const Nanos now = clock_.steady();
  call.waited = std::max(call.waited, now - sent->offered);
  call.model->counts.waited += (now - sent->offered) * static_cast<int64_t>(count);
  std::vector<const Item*> items;
  for (const Item& item : rest.first(count)) items.push_back(&item);
  const RemoteBackend::Group group{items, call.deadline, call.tenant, call.region};
  lock.unlock();
  std::shared_ptr<Ticket> ticket = backend.start(
      group, [this, sent, first, count, now](auto answers) { take(sent, first, count, std::move(answers), now); });
  lock.lock();
  if (sent->ended) {
    lock.unlock();
    ticket->cancel();
    lock.lock();
  } else {
    sent->tickets.push_back(std::move(ticket));
  }
}

void RemoteLane::take(const std::shared_ptr<Sent>& sent, size_t first, size_t count,
                      std::expected<std::vector<Answer>, Failure> answers, Nanos started) {
  std::vector<Ending> ending;
  std::vector<std::shared_ptr<Ticket>> tickets;
  {
    std::lock_guard lock(mutex_);
    LaneCall& call = *sent->call;
    const Nanos took = clock_.steady() - started;
    --services_.at(call.model.get())->in_flight;
    Statistics& counts = call.model->counts;
    ++counts.groups;
    counts.inferences += count;
    counts.computed += took;
    call.computed = std::max(call.computed, took);
    if (answers && answers->size() != count)
      answers = failed(Code::kInternal, "the service's answers are not as many as the inputs");
    if (!sent->ended && !answers) {
      tickets = sent->tickets;
      end(sent, std::unexpected(std::move(answers.error())), ending);
    } else if (!sent->ended) {
      std::ranges::move(*answers, call.answers.begin() + static_cast<std::ptrdiff_t>(first));
      call.left -= count;
      if (call.left == 0)
        end(sent, Reply{nullptr, std::move(call.answers), call.tokenized, call.waited, call.computed}, ending);
    }
  }
  work_.notify_all();
  answer_all(ending, std::move(tickets));
  std::lock_guard lock(mutex_);
  --under_way_;  // the last that is done with this lane
  idle_.notify_all();
}

void RemoteLane::end(const std::shared_ptr<Sent>& sent, std::expected<Reply, Failure> answer,
                     std::vector<Ending>& ending) {
  sent->ended = true;
  sent->call->ended = true;
  sent->tickets.clear();
  services_.at(sent->call->model.get())->forget(*sent);
  Statistics& counts = sent->call->model->counts;
  if (!answer) ++counts.failures;
  counts.last_ms = clock_.now().ns / 1'000'000;
  ending.emplace_back(sent->call, std::move(answer));
  calls_.erase(sent->call.get());
  idle_.notify_all();
}

// Without the lock: tickets may tell ends, clients may come again.
void RemoteLane::answer_all(std::vector<Ending>& ending, std::vector<std::shared_ptr<Ticket>> dropped) {
  for (const auto& ticket : dropped) ticket->cancel();
  for (auto& [call, answer] : ending) {
    if (answer) answer->model = std::shared_ptr<const Model>(call->model, &call->model->backend->model());
    call->done(std::move(answer));
    call->done = {};
  }
  ending.clear();
}

}  // namespace fovea::inference
