// Reads what was kept of events that came before, for clients that send them again, in a thread of its own: a read must
// not hold up deciding.
// Threads: find() from any; `done` is called once, from that thread, or from the destructor's.
// Errors: those of the store; kNotFound (nothing is kept), kResourceExhausted (kVerdictsWaitingMax wait), kUnavailable
// (the end).
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "store/store.h"

namespace fovea::flow {

class KeptVerdicts {
 public:
  using Done = std::function<void(Result<record::Verdict>)>;

  // `reader`: a store that this alone uses.
  explicit KeptVerdicts(std::unique_ptr<store::Store> reader);
  ~KeptVerdicts();
  KeptVerdicts(const KeptVerdicts&) = delete;
  KeptVerdicts& operator=(const KeptVerdicts&) = delete;

  void find(std::string source, std::string id, Done done);

 private:
  struct Wanted {
    std::string source, id;
    Done done;
  };
  void run();

  const std::unique_ptr<store::Store> reader_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<Wanted> wanted_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace fovea::flow
