// Runs of backends that did not return when nobody waited for them any more, and were left behind in threads of their
// own: which they are, until they return. A process that still has some leaves without ending what they may touch.
// Threads: every call from any; shared by those threads.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace fovea::inference {

class LeftBehind {
 public:
  uint64_t add(std::string what) {
    std::lock_guard lock(mutex_);
    runs_[++last_] = std::move(what);
    return last_;
  }
  void remove(uint64_t run) {
    std::lock_guard lock(mutex_);
    runs_.erase(run);
  }
  std::vector<std::string> all() const {
    std::lock_guard lock(mutex_);
    std::vector<std::string> out;
    for (const auto& [number, what] : runs_) out.push_back(what);
    return out;
  }

 private:
  mutable std::mutex mutex_;
  std::map<uint64_t, std::string> runs_;
  uint64_t last_ = 0;
};

}  // namespace fovea::inference
