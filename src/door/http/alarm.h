// Rings where its owner takes longer than it may. Made for times that are set often and nearly never run out: one
// timer, moved only where it would go off too late, which looks at the clock then. Seen by connection.cpp only: it
// holds a heavy header. Threads: the executor's. Does not keep its owner alive.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

namespace fovea::http {

// Owner has `void ring()` and std::enable_shared_from_this.
template <typename Owner>
class Alarm {
 public:
  explicit Alarm(const boost::asio::any_io_executor& executor) : timer_(executor) {}

  // From now on; in the place of what was set before.
  void set(std::chrono::milliseconds most, Owner& owner) {
    until_ = Steady::now() + most;
    if (until_ < goes_off_) arm(owner);
  }

 private:
  using Steady = std::chrono::steady_clock;

  void arm(Owner& owner) {
    goes_off_ = until_;
    timer_.expires_at(goes_off_);
    timer_.async_wait([this, weak = owner.weak_from_this()](boost::system::error_code error) {
      if (const auto alive = error ? nullptr : weak.lock()) look(*alive);
    });
  }

  void look(Owner& owner) {
    if (Steady::now() < until_) return arm(owner);
    goes_off_ = Steady::time_point::max();
    owner.ring();
  }

  boost::asio::steady_timer timer_;
  Steady::time_point until_, goes_off_ = Steady::time_point::max();  // max: it is not armed
};

}  // namespace fovea::http
