#include "door/wire/side_thread.h"

namespace fovea::wire {

SideThread::SideThread(size_t waiting_max) : waiting_max_(waiting_max), thread_([this] { run(); }) {}

SideThread::~SideThread() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    waiting_.clear();
  }
  more_.notify_all();
  thread_.join();
}

bool SideThread::add(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= waiting_max_) return false;
    waiting_.push_back(std::move(work));
  }
  more_.notify_one();
  return true;
}

void SideThread::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    more_.wait(lock, [this] { return ended_ || !waiting_.empty(); });
    if (ended_) return;
    std::function<void()> work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
}

}  // namespace fovea::wire
