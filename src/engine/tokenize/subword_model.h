// The port behind which the three kinds of model stand: one piece of normalised text to its tokens.
// Threads: any, each with its own scratch. Never fails.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::tokenize {

// Bytes [begin, end) of the piece.
struct ModelToken {
  int32_t id = -1;
  uint32_t begin = 0, end = 0;
};

// Memory that is kept between calls; each model uses its own part.
struct ModelScratch {
  struct Symbol {  // BPE
    int32_t id = -1;
    uint32_t length = 0;  // bytes; 0: merged into the one before
    int32_t before = -1, behind = -1;
  };
  struct Merge {
    uint32_t rank = 0, at = 0;
    int32_t id = -1;
  };
  struct Node {  // Unigram: the best way to get to a byte
    double score = 0;
    uint32_t from = UINT32_MAX;
    int32_t id = -1;
  };
  std::vector<Symbol> symbols;
  std::vector<Merge> merges;
  std::vector<Node> nodes;
  std::vector<ModelToken> path;
  std::vector<uint64_t> hashes;
  std::vector<uint32_t> bounds;
  std::string text;
};

class SubwordModel {
 public:
  virtual ~SubwordModel() = default;
  virtual void tokenize(std::string_view piece, ModelScratch& scratch,
                        std::vector<ModelToken>& out) const = 0;  // appends
  virtual int32_t id_of(std::string_view piece) const = 0;        // -1: none
  virtual std::optional<std::string_view> piece_of(int32_t id) const = 0;
  virtual size_t size() const = 0;  // pieces
  virtual int32_t id_max() const = 0;
  virtual int32_t unknown_id() const = 0;  // -1: none
};

}  // namespace fovea::tokenize
