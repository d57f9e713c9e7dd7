#include "serve/schedule/deadline_queue.h"

#include <algorithm>
#include <limits>

namespace fovea::schedule {
namespace {
constexpr double kNever = std::numeric_limits<double>::infinity();
}

// Node 0 stands for nothing: no cost, no end of room.
DeadlineQueue::Node DeadlineQueue::empty_node() {
  Node node;
  node.room = kNever;
  return node;
}

void DeadlineQueue::renew(uint32_t at) {
  Node& node = nodes_[at];
  const Node &left = nodes_[node.left], &right = nodes_[node.right];
  const double upto = left.sum + node.cost;
  node.sum = upto + right.sum;
  node.room = std::min({left.room, node.latest - upto, right.room - upto});
}

uint32_t DeadlineQueue::merge(uint32_t left, uint32_t right) {
  if (left == 0 || right == 0) return left == 0 ? right : left;
  if (nodes_[left].weight > nodes_[right].weight) {
    const uint32_t joined = merge(nodes_[left].right, right);
    nodes_[left].right = joined;
    renew(left);
    return left;
  }
  const uint32_t joined = merge(left, nodes_[right].left);
  nodes_[right].left = joined;
  renew(right);
  return right;
}

void DeadlineQueue::split(uint32_t at, const DeadlineKey& key, uint32_t& before, uint32_t& behind) {
  if (at == 0) {
    before = behind = 0;
    return;
  }
  uint32_t part = 0;
  if (nodes_[at].key < key) {
    split(nodes_[at].right, key, part, behind);
    nodes_[at].right = part;
    before = at;
  } else {
    split(nodes_[at].left, key, before, part);
    nodes_[at].left = part;
    behind = at;
  }
  renew(at);
}

void DeadlineQueue::insert(const DeadlineKey& key, double latest_ns, double cost_ns) {
  uint32_t at = static_cast<uint32_t>(nodes_.size());
  if (free_.empty()) {
    nodes_.emplace_back();
  } else {
    at = free_.back();
    free_.pop_back();
  }
  Node& node = nodes_[at];
  node = {key, latest_ns, cost_ns, 0, 0, random_.next(), 0, 0};
  renew(at);
  uint32_t before = 0, behind = 0;
  split(root_, key, before, behind);
  root_ = merge(merge(before, at), behind);
  ++size_;
}

bool DeadlineQueue::erase(const DeadlineKey& key) {
  uint32_t before = 0, middle = 0, behind = 0;
  split(root_, key, before, behind);
  split(behind, {key.deadline_ns, key.id + 1}, middle, behind);
  root_ = merge(before, behind);
  if (middle == 0) return false;
  free_.push_back(middle);
  --size_;
  return true;
}

std::optional<DeadlineKey> DeadlineQueue::first() const {
  if (root_ == 0) return std::nullopt;
  uint32_t at = root_;
  while (nodes_[at].left != 0) at = nodes_[at].left;
  return nodes_[at].key;
}

double DeadlineQueue::cost_before(const DeadlineKey& key) const {
  double sum = 0;
  for (uint32_t at = root_; at != 0;) {
    const Node& node = nodes_[at];
    if (node.key < key) {
      sum += nodes_[node.left].sum + node.cost;
      at = node.right;
    } else {
      at = node.left;
    }
  }
  return sum;
}

double DeadlineQueue::room_behind(const DeadlineKey& key) const {
  double room = kNever, before = 0;
  for (uint32_t at = root_; at != 0;) {
    const Node& node = nodes_[at];
    const double upto = nodes_[node.left].sum + node.cost;
    if (node.key < key) {
      before += upto;
      at = node.right;
    } else {
      room = std::min({room, node.latest - before - upto, nodes_[node.right].room - before - upto});
      at = node.left;
    }
  }
  return room;
}

bool DeadlineQueue::visit_under(uint32_t at, const std::function<bool(const DeadlineKey&)>& visit) const {
  if (at == 0) return true;
  return visit_under(nodes_[at].left, visit) && visit(nodes_[at].key) && visit_under(nodes_[at].right, visit);
}

void DeadlineQueue::visit(const std::function<bool(const DeadlineKey&)>& visit) const {
  visit_under(root_, visit);
}

}  // namespace fovea::schedule
