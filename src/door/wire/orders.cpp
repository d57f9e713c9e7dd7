#include "door/wire/orders.h"

#include "door/wire/limits.h"

namespace fovea::wire {

Orders::Orders() : thread_([this] { run(); }) {}

Orders::~Orders() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    waiting_.clear();
  }
  more_.notify_all();
  thread_.join();
}

bool Orders::add(std::function<void()> order) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kOrdersMax) return false;
    waiting_.push_back(std::move(order));
  }
  more_.notify_one();
  return true;
}

void Orders::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    more_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
    if (ended_) return;
    std::function<void()> order = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    order();
    order = nullptr;
    lock.lock();
  }
}

}  // namespace fovea::wire
