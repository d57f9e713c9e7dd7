// The port behind which something computes: texts or tensors are read into items whose cost is known, groups of items
// are run.
// Journey: ModelServer reads a call's inputs with it, waits for its turn, runs it on one of its workers.
// Real: NativeBackend (the engine in this process), NullBackend (answers at once: for measuring everything else),
// and the models of other services, which are started and not waited for: remote_backend.h.
// Ownership: a backend keeps its model; items and answers are the caller's. Threads: every call from any at once.
// Promise: an answer depends on its own item alone. A backend passes backend_conformance_test.h.
// Errors: of read(): kInvalidArgument, kOutOfRange (too many tokens, and they may not be cut), with `where` passed on;
// kUnimplemented (pairs, texts or tensors where it has none). Of run(): what `pause` returned; kCancelled where
// `abandoned` ended it; kResourceExhausted (memory); kInvalidArgument (tensors that the model can't compute);
// kInternal.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "base/error.h"
#include "engine/tensor/arena.h"
#include "serve/inference/inference.h"

namespace fovea::inference {

// One input, read.
struct Item {
  std::vector<int32_t> ids, types;         // [tokens]; types may be empty
  std::vector<tokenize::TokenSpan> spans;  // [tokens] where answers are per token and a text was given
  bool was_cut = false;
  std::optional<Text> text = {};  // as it came, of a backend without a tokenizer of its own (then there are no ids)
  bool may_cut = true;            // of `text`
  Feed feed = {};                 // of a model of tensors, which has no ids
  int64_t token_width = 0;        // above 0: a row of so many values for every token is wanted, nothing pooled

  int64_t tokens() const;  // its size to the scheduler; of tensors kElementsAToken elements are one
  size_t bytes() const;    // of memory, about; with the rows that are wanted
};

class RemoteBackend;

class Backend {
 public:
  virtual ~Backend() = default;
  virtual const Model& model() const = 0;
  virtual int steps() const = 0;  // how often a run calls `pause`; 1: never
  // Not null: its runs compute nothing here, so that no worker is held by them (RemoteLane).
  virtual const RemoteBackend* remote() const { return nullptr; }
  virtual Result<Item> read(const Text& text, bool cut, const std::string& where) const = 0;
  virtual Result<Item> read(Ids ids, const std::string& where) const = 0;
  virtual Result<Item> read(Feed feed, const std::string& where) const;  // kUnimplemented unless it is overridden

  struct Run {
    std::span<const Item* const> items;
    std::span<Answer* const> answers;          // [items]; values and tokens are filled
    tensor::Arena& arena;                      // of the worker
    std::function<Result<void>()> pause = {};  // between steps; an error ends the run
    std::function<bool()> abandoned = {};      // from any thread: nobody waits for any of the answers any more
  };
  // REQUIRES: an item's token_width is 0 or model().info.token_width. Items of both kinds may share a run.
  virtual Result<void> run(const Run& run) const = 0;
};

}  // namespace fovea::inference
