#include "door/load/sender.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/cpu_time.h"
#include "door/load/grpc_transport.h"
#include "door/load/limits.h"

namespace fovea::load {
namespace {

namespace asio = boost::asio;
using Steady = std::chrono::steady_clock;

int64_t now_ns() {
  return SystemClock().steady().count();
}

class Sender {
 public:
  Sender(const SenderPlan& plan, Start& start, const std::atomic<bool>& stop, Live& live)
      : plan_(plan), start_(start), stop_(stop), live_(live), arrivals_(plan.arrivals) {}

  Result<Tally> run(const std::vector<Payload>& payloads) {
    const auto made = make_ready(payloads);
    start_ns_ = start_.wait();
    FOVEA_OK(made);
    const double cpu_before = thread_cpu_seconds();
    tally_.arrivals_ns = plan_.span_ns;
    next_ = take();
    arm();
    sweep();
    io_.run();
    tally_.connections = transport_->opened();
    tally_.waited = transport_->waited();
    tally_.unfinished = transport_->pending();
    transport_->close();
    publish();
    tally_.cpu_s = thread_cpu_seconds() - cpu_before;
    return std::move(tally_);
  }

 private:
  Result<void> make_ready(const std::vector<Payload>& payloads) {
    const auto make = plan_.link.protocol == Protocol::kV2Grpc ? make_grpc_transport : make_http_transport;
    FOVEA_TRY(transport_, make(io_, plan_.link, payloads, [this](const Heard& heard) { hear(heard); }));
    transport_->open_ahead();
    const auto until = Steady::now() + kConnectWithin;
    while (transport_->opens_ahead() && !stop_ && Steady::now() < until) io_.run_one_for(kSweepEvery);
    io_.restart();  // it may have run out of work
    return {};
  }

  std::optional<Arrival> take() {
    for (;;) {
      auto arrival = arrivals_.next();
      if (!arrival || arrival->number % plan_.threads == plan_.index) return arrival;
    }
  }

  void arm() {
    if (!next_) return;
    due_timer_.expires_at(Steady::time_point(Nanos(start_ns_ + next_->due_ns)));
    due_timer_.async_wait([this](boost::system::error_code error) {
      if (!error) send_due();
    });
  }

  // All that is due by now; what falls due meanwhile too.
  void send_due() {
    while (next_ && !stop_.load(std::memory_order_relaxed)) {
      const int64_t due_ns = start_ns_ + next_->due_ns, now = now_ns();
      if (due_ns > now) break;
      ++tally_.offered;
      tally_.lag.add(now - due_ns);
      transport_->send({next_->number, due_ns});
      next_ = take();
    }
    arm();
  }

  void hear(const Heard& heard) {
    tally_.hear(heard, plan_.objective_ns);
    tally_.last_ns = std::max(tally_.last_ns, heard.done_ns - start_ns_);
    if (!next_ && transport_->pending() == 0) io_.stop();
  }

  void sweep() {
    publish();
    if (stop_.load(std::memory_order_relaxed)) {
      tally_.arrivals_ns = std::clamp<int64_t>(now_ns() - start_ns_, 0, plan_.span_ns);
      return io_.stop();
    }
    transport_->give_up(now_ns() - plan_.give_up_ns);
    if (!next_ && transport_->pending() == 0) return io_.stop();
    sweep_timer_.expires_after(kSweepEvery);
    sweep_timer_.async_wait([this](boost::system::error_code error) {
      if (!error) sweep();
    });
  }

  void publish() {
    live_.offered.store(tally_.offered, std::memory_order_relaxed);
    live_.admitted.store(tally_.admitted, std::memory_order_relaxed);
    live_.refused.store(tally_.refused, std::memory_order_relaxed);
    live_.failed.store(tally_.failed, std::memory_order_relaxed);
    live_.at_ns.store(now_ns() - start_ns_, std::memory_order_relaxed);
  }

  const SenderPlan& plan_;
  Start& start_;
  const std::atomic<bool>& stop_;
  Live& live_;
  int64_t start_ns_ = 0;
  asio::io_context io_{1};
  asio::steady_timer due_timer_{io_}, sweep_timer_{io_};
  std::unique_ptr<Transport> transport_;
  Arrivals arrivals_;
  std::optional<Arrival> next_;
  Tally tally_;
};

}  // namespace

int64_t Start::wait() {
  std::unique_lock lock(mutex_);
  if (--not_ready_ == 0) {
    at_ns_ = now_ns() + std::chrono::nanoseconds(kStartIn).count();
    all_ready_.notify_all();
  }
  all_ready_.wait(lock, [this] { return not_ready_ == 0; });
  return at_ns_;
}

Result<Tally> run_sender(const SenderPlan& plan, const std::vector<Payload>& payloads, Start& start,
                         const std::atomic<bool>& stop, Live& live) {
  return Sender(plan, start, stop, live).run(payloads);
}

}  // namespace fovea::load
