// The folder that each model was loaded from by a client, as SageMaker's multi-model containers tell it. Threads: any.
#pragma once

#include <map>
#include <mutex>
#include <string>

namespace fovea::wire {

class LoadedFolders {
 public:
  void note(const std::string& name, const std::string& folder) {
    const std::lock_guard lock(mutex_);
    folders_[name] = folder;
  }
  void forget(const std::string& name) {
    const std::lock_guard lock(mutex_);
    folders_.erase(name);
  }
  std::string of(const std::string& name) const {  // its name where it was loaded at the start
    const std::lock_guard lock(mutex_);
    const auto found = folders_.find(name);
    return found == folders_.end() ? name : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> folders_;
};

}  // namespace fovea::wire
