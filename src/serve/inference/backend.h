// The port behind which something computes: texts are read into items whose cost is known, groups of items are run.
// Journey: ModelServer reads a call's inputs with it, waits for its turn, runs it on one of its workers.
// Real: NativeBackend (the engine in this process), NullBackend (answers at once: for measuring everything else),
// and the models of other services, which are started and not waited for: remote_backend.h.
// Ownership: a backend keeps its model; items and answers are the caller's. Threads: every call from any at once.
// Promise: an answer depends on its own item alone. A backend passes backend_conformance_test.h.
// Errors: of read(): kInvalidArgument, kOutOfRange (too many tokens, and they may not be cut), with `where` passed on;
// kUnimplemented (pairs or texts where it has none). Of run(): what `pause` returned; kInternal.
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
  int64_t tokens() const { return text ? guessed_tokens(*text) : static_cast<int64_t>(ids.size()); }

 private:
  // One for every 4 bytes, what tokenizers of large vocabularies make of English.
  static int64_t guessed_tokens(const Text& text) {
    return static_cast<int64_t>(text.first.size() + text.second.size()) / 4 + 1;
  }
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

  struct Run {
    std::span<const Item* const> items;
    std::span<Answer* const> answers;          // [items]; values and tokens are filled
    tensor::Arena& arena;                      // of the worker
    std::function<Result<void>()> pause = {};  // between steps; an error ends the run
  };
  virtual Result<void> run(const Run& run) const = 0;
};

}  // namespace fovea::inference
