#include "stream/connectors/http_source.h"

#include <fmt/format.h>

#include <charconv>

#include "stream/connectors/limits.h"

namespace fovea::connectors {

HttpSource::~HttpSource() {
  stop();
}

Result<void> HttpSource::offer(std::vector<record::Event> events, size_t bytes, Done done, bool verdicts) {
  std::unique_lock lock(mutex_);
  if (stopped_ || closed_) return fail(Code::kUnavailable, "the flow is stopping");
  if (events_ + events.size() > kHttpQueueEventsMax || bytes_ + bytes > kHttpQueueBytesMax) {
    return fail(Code::kResourceExhausted, fmt::format("{} events are waiting to be decided", events_), "",
                "send again later");
  }
  auto request = std::make_shared<Request>();
  request->open = events.size();
  request->bytes = bytes;
  request->verdicts = verdicts;
  request->done = std::move(done);
  for (const record::Event& event : events) request->receipts.push_back({event.id, false});
  if (events.empty()) {
    lock.unlock();
    request->done(std::vector<Receipt>{});
    return {};
  }
  events_ += events.size();
  if (verdicts) verdicts_ += events.size();
  bytes_ += bytes;
  for (size_t i = 0; i < events.size(); ++i) queued_.push_back({std::move(events[i]), {request, i}});
  lock.unlock();
  arrived_.notify_one();
  return {};
}

size_t HttpSource::waiting() const {
  std::lock_guard lock(mutex_);
  return events_;
}

Nanos HttpSource::retry_after() const {
  std::lock_guard lock(mutex_);
  return pace_.until_through(events_);
}

Result<Pulled> HttpSource::pull(size_t events_max, TimePoint now, Nanos wait) {
  Pulled out;
  std::unique_lock lock(mutex_);
  pace_.look(now, acknowledged_count_, !queued_.empty());
  arrived_.wait_for(lock, wait, [&] { return stopped_ || !queued_.empty(); });
  while (!queued_.empty() && out.events.size() < events_max) {
    out.events.push_back(std::move(queued_.front().event));
    pulled_.push_back(std::move(queued_.front().taken));
    queued_.pop_front();
    ++pulled_count_;
  }
  out.exhausted = stopped_ && queued_.empty();
  return out;
}

// Counts what was pulled in this process; after a restart clients that were not answered send again.
std::string HttpSource::cursor() const {
  std::lock_guard lock(mutex_);
  return std::to_string(pulled_count_);
}

Result<void> HttpSource::resume(std::string_view) {
  return {};
}

void HttpSource::acknowledge(std::string_view cursor, std::span<const Receipt> receipts) {
  uint64_t upto = 0;
  std::from_chars(cursor.data(), cursor.data() + cursor.size(), upto);
  std::vector<std::shared_ptr<Request>> answered;
  {
    std::lock_guard lock(mutex_);
    size_t at = 0;
    for (; acknowledged_count_ < upto && !pulled_.empty(); ++acknowledged_count_, ++at) {
      Taken taken = std::move(pulled_.front());
      pulled_.pop_front();
      if (at < receipts.size()) taken.request->receipts[taken.index] = receipts[at];
      --events_;
      if (taken.request->verdicts) --verdicts_;
      if (--taken.request->open > 0) continue;
      bytes_ -= taken.request->bytes;
      answered.push_back(std::move(taken.request));
    }
  }
  for (auto& request : answered) request->done(std::move(request->receipts));
}

void HttpSource::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

void HttpSource::end() {
  stop();
  std::vector<std::shared_ptr<Request>> left;
  {
    const std::lock_guard lock(mutex_);
    for (Taken& taken : pulled_) {
      --events_;
      if (taken.request->verdicts) --verdicts_;
      if (--taken.request->open > 0) continue;
      bytes_ -= taken.request->bytes;
      left.push_back(std::move(taken.request));
    }
    pulled_.clear();
  }
  for (auto& request : left) {
    request->done(fail(Code::kUnavailable, "the flow ended before the events were kept", "", "send them again"));
  }
}

// What was pulled may still be acknowledged; what is only queued is refused, so that its client sends it elsewhere.
void HttpSource::stop() {
  std::vector<std::shared_ptr<Request>> refused;
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
    for (Queued& each : queued_) {
      --events_;
      if (each.taken.request->verdicts) --verdicts_;
      if (each.taken.request->done && (refused.empty() || refused.back() != each.taken.request)) {
        refused.push_back(each.taken.request);
      }
    }
    queued_.clear();
    for (auto& request : refused) bytes_ -= request->bytes;
  }
  arrived_.notify_all();
  for (auto& request : refused) {
    auto done = std::exchange(request->done, [](Result<std::vector<Receipt>>) {});
    done(fail(Code::kUnavailable, "the flow stopped before the events were decided", "", "send them again"));
  }
}

}  // namespace fovea::connectors
