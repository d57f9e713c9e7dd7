// Time, through a port: the system's, or a virtual one that a test or the simulator moves.
// Time is read once per turn of the loop and passed down.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace fovea {

// Nanoseconds since the Unix epoch, UTC. int64 reaches the year 2262; parsers refuse what lies outside.
struct TimePoint {
  int64_t ns = 0;
  auto operator<=>(const TimePoint&) const = default;
};
using Nanos = std::chrono::nanoseconds;

inline TimePoint operator+(TimePoint t, Nanos d) {
  return {t.ns + d.count()};
}
inline TimePoint operator-(TimePoint t, Nanos d) {
  return {t.ns - d.count()};
}
inline Nanos operator-(TimePoint a, TimePoint b) {
  return Nanos(a.ns - b.ns);
}

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;  // wall time
  virtual Nanos steady() const = 0;   // never goes back; for deadlines and latency
  virtual void sleep(Nanos duration) = 0;
};

class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
  Nanos steady() const override;
  void sleep(Nanos duration) override;
};

// Stands still until it is moved. Threads: any.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(TimePoint start) : wall_(start.ns) {}
  TimePoint now() const override { return {wall_.load()}; }
  Nanos steady() const override { return Nanos(steady_.load()); }
  void sleep(Nanos duration) override { advance(duration); }
  void advance(Nanos duration) {
    wall_ += duration.count();
    steady_ += duration.count();
  }
  void jump(Nanos duration) { wall_ += duration.count(); }  // a wall clock that is set: steady time stays

 private:
  std::atomic<int64_t> wall_;
  std::atomic<int64_t> steady_{0};
};

}  // namespace fovea
