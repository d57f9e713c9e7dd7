// Whether any of some files has changed since it was looked at last: other bytes' number, time of change or file.
// Looks at most once each kLookEvery. Threads: any.
#pragma once

#include <sys/stat.h>

#include <atomic>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "door/access/limits.h"

namespace fovea::access {

class FileWatch {
 public:
  void watch(std::vector<std::string> files) {
    const std::lock_guard lock(mutex_);
    files_ = std::move(files);
    seen_ = stamps();
  }

  // True once for each change.
  bool changed(Nanos now) {
    int64_t due = due_.load(std::memory_order_relaxed);
    if (now.count() < due) return false;
    if (!due_.compare_exchange_strong(due, (now + Nanos(kLookEvery)).count())) return false;
    const std::lock_guard lock(mutex_);
    auto stamp = stamps();
    if (stamp == seen_) return false;
    seen_ = std::move(stamp);
    return true;
  }

 private:
  using Stamp = std::tuple<ino_t, off_t, time_t, long, time_t, long>;
  std::vector<Stamp> stamps() const {
    std::vector<Stamp> out;
    for (const std::string& file : files_) {
      struct stat at{};
      if (::stat(file.c_str(), &at) != 0) at = {};
      out.emplace_back(at.st_ino, at.st_size, at.st_mtim.tv_sec, at.st_mtim.tv_nsec, at.st_ctim.tv_sec,
                       at.st_ctim.tv_nsec);
    }
    return out;
  }

  std::mutex mutex_;
  std::vector<std::string> files_;
  std::vector<Stamp> seen_;
  std::atomic<int64_t> due_{0};
};

}  // namespace fovea::access
