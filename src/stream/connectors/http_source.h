// Events that were posted, waiting to be decided; their clients are answered when they are durable.
// Journey: door/http offers, flow pulls and acknowledges.
// Threads: offer from any; the rest as Source says. `done` is called from the acknowledging thread, exactly once.
// Limits: kHttpQueueEventsMax and kHttpQueueBytesMax over everything offered and not yet acknowledged.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

#include "stream/connectors/pace.h"
#include "stream/connectors/source.h"

namespace fovea::connectors {

class HttpSource final : public Source {
 public:
  using Done = std::function<void(Result<std::vector<Receipt>>)>;  // an error: the events may be offered again

  explicit HttpSource(std::string name) : name_(std::move(name)) {}
  ~HttpSource() override;

  // Queues the events of one request, all or none. Errors: kResourceExhausted (full), kUnavailable (stopped); `done` is
  // then not called. `bytes`: the size of the request, for the bound.
  // `verdicts`: the receipts are to say what became of the events.
  Result<void> offer(std::vector<record::Event> events, size_t bytes, Done done, bool verdicts = false);
  size_t waiting() const;     // events offered and not yet acknowledged
  Nanos retry_after() const;  // until as many as wait now are acknowledged, at the pace of late: whole seconds
  void close();            // takes in nothing more; what waits is still decided
  void end();              // nobody will pull or acknowledge any more: whatever waits is told so

  const std::string& name() const override { return name_; }
  Result<Pulled> pull(size_t events_max, TimePoint now, Nanos wait) override;
  std::string cursor() const override;
  Result<void> resume(std::string_view cursor) override;
  void acknowledge(std::string_view cursor, std::span<const Receipt> receipts) override;
  bool wants_verdicts() const override { return verdicts_ > 0; }
  void stop() override;

 private:
  struct Request {
    bool verdicts = false;
    std::vector<Receipt> receipts;
    size_t open = 0;  // events not yet acknowledged
    size_t bytes = 0;
    Done done;
  };
  struct Taken {
    std::shared_ptr<Request> request;
    size_t index;
  };
  struct Queued {
    record::Event event;
    Taken taken;
  };

  std::string name_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Queued> queued_;
  std::deque<Taken> pulled_;  // pulled and not acknowledged, in order
  uint64_t pulled_count_ = 0, acknowledged_count_ = 0;
  Pace pace_;
  size_t events_ = 0, bytes_ = 0;
  std::atomic<size_t> verdicts_{0};  // events offered and not yet acknowledged, whose verdicts are wanted
  bool closed_ = false, stopped_ = false;
};

}  // namespace fovea::connectors
