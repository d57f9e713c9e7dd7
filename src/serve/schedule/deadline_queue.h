// Waiting requests of one class in the order of their deadlines, which knows for all of them at once how much more work
// could go before them until the first of them would be late.
// A treap (Seidel and Aragon 1996) whose nodes carry sums: every call is O(log n) of what waits.
// Units: `room` and `cost` in nanoseconds of the server (a worker's time divided by the workers).
// Threads: one at a time. REQUIRES of keys: no two alike.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/random.h"

namespace fovea::schedule {

struct DeadlineKey {
  int64_t deadline_ns = 0;
  uint64_t id = 0;
  auto operator<=>(const DeadlineKey&) const = default;
};

class DeadlineQueue {
 public:
  // `latest_ns`: when the request must have its turn behind all that stands before it, itself included.
  void insert(const DeadlineKey& key, double latest_ns, double cost_ns);
  bool erase(const DeadlineKey& key);

  bool empty() const { return root_ == 0; }
  size_t size() const { return size_; }
  double cost_ns() const { return nodes_[root_].sum; }  // of all
  std::optional<DeadlineKey> first() const;

  // Cost of all that stand before `key`.
  double cost_before(const DeadlineKey& key) const;
  // The least `latest_ns - cost up to and with it` of the requests behind `key`: how late work that goes before them
  // may end. Infinity where there are none.
  double room_behind(const DeadlineKey& key) const;
  double room() const { return nodes_[root_].room; }

  // In order, until `visit` returns false.
  void visit(const std::function<bool(const DeadlineKey&)>& visit) const;

 private:
  struct Node {
    DeadlineKey key;
    double latest = 0, cost = 0;
    double sum = 0, room = 0;
    uint64_t weight = 0;
    uint32_t left = 0, right = 0;
  };

  void renew(uint32_t at);
  uint32_t merge(uint32_t left, uint32_t right);
  void split(uint32_t at, const DeadlineKey& key, uint32_t& before, uint32_t& behind);  // before: < key
  bool visit_under(uint32_t at, const std::function<bool(const DeadlineKey&)>& visit) const;

  std::vector<Node> nodes_ = std::vector<Node>(1, empty_node());
  std::vector<uint32_t> free_;
  uint32_t root_ = 0;
  size_t size_ = 0;
  Random random_{1};

  static Node empty_node();
};

}  // namespace fovea::schedule
