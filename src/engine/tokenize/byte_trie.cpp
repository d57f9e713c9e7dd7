#include "engine/tokenize/byte_trie.h"

#include <algorithm>
#include <numeric>

namespace fovea::tokenize {
namespace {

constexpr size_t kFewChildren = 8;  // up to so many a scan is faster than halving

}  // namespace

// Breadth first over the sorted texts: a node's texts are a range of them.
ByteTrie::ByteTrie(const std::vector<std::pair<std::string, int32_t>>& texts) : nodes_(1) {
  std::vector<uint32_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, [&](uint32_t a, uint32_t b) { return texts[a].first < texts[b].first; });
  struct Open {
    size_t begin, end, depth;  // texts order[begin, end) share `depth` bytes
  };
  std::vector<Open> open{{0, order.size(), 0}};
  for (size_t at = 0; at < open.size(); ++at) {
    auto [begin, end, depth] = open[at];
    const auto text = [&](size_t i) -> const std::string& { return texts[order[i]].first; };
    for (; begin < end && text(begin).size() == depth; ++begin)
      if (depth > 0) nodes_[at].value = texts[order[begin]].second;
    nodes_[at].children = static_cast<uint32_t>(nodes_.size());
    while (begin < end) {
      const char label = text(begin)[depth];
      size_t next = begin;
      while (next < end && text(next)[depth] == label) ++next;
      nodes_.push_back({0, 0, static_cast<uint8_t>(label), -1});
      ++nodes_[at].count;
      open.push_back({begin, next, depth + 1});
      begin = next;
    }
  }
}

const ByteTrie::Node* ByteTrie::child(const Node& node, char label) const {
  const auto byte = static_cast<uint8_t>(label);
  const Node* first = nodes_.data() + node.children;
  const Node* end = first + node.count;
  if (node.count > kFewChildren)
    first = std::lower_bound(first, end, byte, [](const Node& a, uint8_t b) { return a.label < b; });
  for (; first != end && first->label <= byte; ++first)
    if (first->label == byte) return first;
  return nullptr;
}

}  // namespace fovea::tokenize
