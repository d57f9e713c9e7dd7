#include "engine/models/workers.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

#include "engine/models/limits.h"

namespace fovea::models {
namespace {

int affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

int rounded_up(double quota, double period) {
  return quota > 0 && period > 0 ? std::max(1, static_cast<int>(std::ceil(quota / period))) : kWorkersMax;
}

// "max 100000" or "150000 100000", in this cgroup and each above it (cgroup v2, cpu.max).
int quota_of_v2(std::string group) {
  int least = kWorkersMax;
  for (;;) {
    std::ifstream file("/sys/fs/cgroup" + group + "/cpu.max");
    double quota = 0, period = 0;
    if (file >> quota >> period) least = std::min(least, rounded_up(quota, period));
    if (group.empty() || group == "/") return least;
    group = group.substr(0, group.rfind('/'));
  }
}

int cgroup_quota() {
  int least = kWorkersMax;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);)
    if (line.starts_with("0::")) least = std::min(least, quota_of_v2(line.substr(3)));
  std::ifstream quota_file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), period_file("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  double quota = 0, period = 0;
  if (quota_file >> quota && period_file >> period) least = std::min(least, rounded_up(quota, period));
  return least;
}

}  // namespace

int processors() {
  return std::min(affinity(), cgroup_quota());
}

Result<std::unique_ptr<Workers>> Workers::create(int count) {
  std::unique_ptr<Workers> workers(new Workers());
  FOVEA_OK(workers->start(std::min(count > 0 ? count : processors(), kWorkersMax)));
  workers->pin();
  return workers;
}

// Where a thread cannot be started, those before it end with this object.
Result<void> Workers::start(int count) {
  threads_.reserve(static_cast<size_t>(count));
  for (int i = 1; i < count; ++i) {
    try {
      threads_.emplace_back([this, i] { serve(static_cast<size_t>(i)); });
    } catch (const std::system_error& error) {
      return fail(Code::kResourceExhausted,
                  fmt::format("the system starts no more than {} of {} threads: {}", i, count, error.code().message()),
                  "threads", "ask for fewer (--threads), or raise the limit on processes or memory (ulimit -u, -v)");
    }
  }
  return {};
}

// Fewer threads than processors are left to the scheduler: pinned, two programs would meet on the same ones.
void Workers::pin() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) != count() || threads_.empty()) return;
  size_t next = 0;
  bool first = true;  // the caller's
  for (int cpu = 0; cpu < CPU_SETSIZE && next < threads_.size(); ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    if (std::exchange(first, false)) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    (void)pthread_setaffinity_np(threads_[next++].native_handle(), sizeof one, &one);
  }
}

Workers::~Workers() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  begin_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::take_items(size_t worker) {
  for (size_t item = next_++; item < items_; item = next_++) (*work_)(item, worker);
}

void Workers::serve(size_t worker) {
  std::unique_lock lock(mutex_);
  for (size_t seen = 0;;) {
    begin_.wait(lock, [&] { return stop_ || round_ != seen; });
    if (stop_) return;
    seen = round_;
    lock.unlock();
    take_items(worker);
    lock.lock();
    if (--busy_ == 0) end_.notify_one();
  }
}

void Workers::run(size_t items, const std::function<void(size_t item, size_t worker)>& work) {
  if (threads_.empty() || items < 2) {
    for (size_t item = 0; item < items; ++item) work(item, 0);
    return;
  }
  {
    std::lock_guard lock(mutex_);
    work_ = &work;
    items_ = items;
    next_ = 0;
    busy_ = threads_.size();
    ++round_;
  }
  begin_.notify_all();
  take_items(0);
  std::unique_lock lock(mutex_);
  end_.wait(lock, [&] { return busy_ == 0; });
}

}  // namespace fovea::models
