// What a remote model may cost a day (of UTC), in money and in time; what was spent outlives the process.
// Journey: a remote model reserves before each request and settles after it.
// Kept: a file {"day","money","seconds"}, replaced as a whole. Written ahead, a hundredth of the budget at a time, so
// that a crash can only count too much, by that hundredth, never too little; and not once for every request.
// Ownership: one process has a file at a time (a lock beside it).
// Errors: kResourceExhausted (spent), kFailedPrecondition (another process has the file, or it can't be written: then
// nothing is spent), kDataLoss (the file says nothing that was written by this).
// Threads: any.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/files.h"
#include "serve/remote/remote_options.h"

namespace fovea::remote {

class DayBudget {
 public:
  struct Spent {
    double money = 0, seconds = 0;
  };

  // A budget without limits spends without a file.
  static Result<std::unique_ptr<DayBudget>> open(const Budget& budget, Files& files, const Clock& clock);
  ~DayBudget();

  Result<void> reserve(const Spent& most);
  void settle(const Spent& reserved, const Spent& really);
  Spent spent() const;  // today
  Nanos until_tomorrow() const;

 private:
  DayBudget(const Budget& budget, Files& files, const Clock& clock) : budget_(budget), files_(files), clock_(clock) {}
  Result<void> load();
  Result<void> lock_file();
  Result<void> save(const Spent& mark);
  void turn_day();
  int64_t today() const;

  const Budget budget_;
  Files& files_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  int64_t day_ = 0;
  Spent spent_, reserved_, saved_;
  int lock_ = -1;
};

}  // namespace fovea::remote
