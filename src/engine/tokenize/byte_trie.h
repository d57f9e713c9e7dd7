// A trie over bytes: which of many texts start at a place. Threads: any, once built.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace fovea::tokenize {

class ByteTrie {
 public:
  struct Node {
    uint32_t children = 0;  // the first of them; they lie side by side, by rising label
    uint16_t count = 0;
    uint8_t label = 0;
    int32_t value = -1;  // of the text that ends here
  };

  ByteTrie() : nodes_(1) {}
  // Values are not negative. Of equal texts the last one's counts; an empty one is never found.
  explicit ByteTrie(const std::vector<std::pair<std::string, int32_t>>& texts);

  const Node& root() const { return nodes_[0]; }
  const Node* child(const Node& node, char label) const;  // null: none
  bool empty() const { return nodes_.size() == 1; }

 private:
  std::vector<Node> nodes_;
};

}  // namespace fovea::tokenize
