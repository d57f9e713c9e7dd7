// The calls to models that run elsewhere: what waits is bounded, what is under way is bounded for each model, the
// earliest deadline of the first class goes first, and no worker is held.
// Journey: Lane hands it the calls of models that are remote; it answers them from the threads of their backends.
// Threads: one of its own, which starts requests and ends what is late; every call from any other.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "serve/inference/lane.h"
#include "serve/inference/remote_backend.h"

namespace fovea::inference {

class RemoteLane {
 public:
  explicit RemoteLane(const Clock& clock);
  ~RemoteLane();
  RemoteLane(const RemoteLane&) = delete;
  RemoteLane& operator=(const RemoteLane&) = delete;

  void submit(const std::shared_ptr<LaneCall>& call);
  void cancel(const std::shared_ptr<LaneCall>& call);
  bool drain(Nanos until);  // as Lane's
  void stop();              // what waits or is under way is answered kUnavailable
  Statistics statistics(const LaneModel& model) const;

 private:
  struct Sent;
  struct Service;
  using Ending = std::pair<std::shared_ptr<LaneCall>, std::expected<Reply, Failure>>;

  void work();
  void start(const std::shared_ptr<Sent>& sent, std::unique_lock<std::mutex>& lock);
  void take(const std::shared_ptr<Sent>& sent, size_t first, size_t count,
            std::expected<std::vector<Answer>, Failure> answers, Nanos started);
  void end(const std::shared_ptr<Sent>& sent, std::expected<Reply, Failure> answer, std::vector<Ending>& ending);
  void answer_all(std::vector<Ending>& ending, std::vector<std::shared_ptr<Ticket>> dropped = {});

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable work_, idle_;
  std::map<const LaneModel*, std::unique_ptr<Service>> services_;
  std::map<const LaneCall*, std::shared_ptr<Sent>> calls_;  // not ended
  size_t under_way_ = 0;                                    // requests whose end was not told yet
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace fovea::inference
