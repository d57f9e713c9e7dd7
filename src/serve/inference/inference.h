// The port through which the doors have models answer: texts (or token ids) in, rows of numbers out, or named tensors
// in and out, or why not and when to come again. Journey: behind door/inference and door/grpc; ModelServer is the real
// one, tests use stubs. Threads: every call from any; `done` is called once, from any thread, possibly before submit()
// returns. Errors: in Failure. kNotFound (no such model or version), kInvalidArgument (an input, `where` names it),
// kOutOfRange (more tokens than the model reads, where they may not be cut), kResourceExhausted (refused on arrival:
// retry_after), kDeadlineExceeded, kCancelled, kUnavailable (not loaded yet, or draining).
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "engine/tokenize/tokenizer.h"
#include "serve/inference/tensor.h"
#include "serve/schedule/priority.h"

namespace fovea::inference {

// kScore: one logit, of pairs. kTensors: what its tensors mean is between the model and its clients.
enum class Task : uint8_t { kEmbedding, kClassification, kTokenClassification, kScore, kTensors };
std::string_view task_name(Task task);  // "embedding", ...

struct ModelInfo {
  std::string name, version;
  Task task = Task::kEmbedding;
  std::string architecture;         // "bert"
  std::string precision;            // "int8"
  std::string digest;               // SHA-256 of what decides its answers, hex
  std::vector<std::string> labels;  // [width] of classifiers
  int64_t width = 0;                // values of a row
  int64_t tokens_max = 0;           // of one text, special ones included
  int64_t vocabulary = 0;
  bool pairs = false;       // token types are trained: it reads two texts
  int64_t bytes = 0;        // of memory that it takes
  int64_t token_width = 0;  // values of a token's row, where calls may want those of all tokens; 0: they may not
  // Of kTensors only, whole shapes.
  std::vector<TensorSpec> inputs = {}, outputs = {};
  int64_t batch_max = 0;  // rows along the first dimension of every tensor that calls may share; 0: it has none
};

// What a model's answers are made of: the tokenizer for doors that show tokens, too.
struct Model {
  ModelInfo info;
  const tokenize::Tokenizer* tokenizer = nullptr;  // null: token ids only, unless `tokenized_elsewhere`
  bool tokenized_elsewhere = false;                // a remote model: it reads texts, and no token ids
  bool reads_texts() const { return tokenizer != nullptr || tokenized_elsewhere; }
};

struct Text {
  std::string first;
  std::string second;  // of a pair
  bool pair = false;
};

struct Ids {
  std::vector<int32_t> ids;
  std::vector<int32_t> types;  // as many, or empty: all 0
};

// Tensors of one call to a model of kTensors, which is one input.
struct Feed {
  std::vector<Tensor> tensors;
  std::vector<std::string> wanted;  // outputs; empty: all
};

using Inputs = std::variant<std::vector<Text>, std::vector<Ids>, Feed>;

struct Call {
  std::string model;    // a name
  std::string version;  // a number or an alias; empty: the one that serves
  std::string tenant;
  std::string key;  // what belongs together: calls of one key get the same version while a canary runs; may be empty
  schedule::Priority priority = schedule::Priority::kStandard;
  Nanos deadline{0};  // of Clock::steady(); 0: the server's default
  Inputs inputs;
  bool cut = true;          // texts with more tokens than the model reads; false: refused
  std::string region = {};  // that the inputs may not leave; empty: they are not marked
  // Of a model that embeds: the last layer's row of every token, special ones too, instead of the embedding; neither
  // pooled nor scaled. kFailedPrecondition of other models, kUnimplemented where token_width is 0, kOutOfRange beyond
  // kTokenValuesMax numbers.
  bool all_rows = false;
  bool background = false;  // behind all others, where the version has a lane there: a shadow's
};

struct Answer {
  // [width], or [tokens, width] where the task is per token, or [tokens, token_width] where all rows were wanted
  std::vector<float> values;
  size_t tokens = 0;                       // special ones included
  std::vector<tokenize::TokenSpan> spans;  // [tokens] where the task is per token and texts were given
  bool was_cut = false;
  double cost = 0;                   // in money, of a remote model
  std::vector<Tensor> tensors = {};  // of kTensors, and nothing else: those wanted, in that order
};

struct Reply {
  std::shared_ptr<const Model> model;
  std::vector<Answer> answers;  // one for each input, in order; of a Feed one
  Nanos tokenized{0}, waited{0}, computed{0};
};

struct Failure {
  Error error;
  Nanos retry_after{0};     // 0: not said
  bool retry_helps = true;  // false: the same request would fail again at any time
};

// Ends the call's work: what waits is dropped, what runs stops within a layer. Calls after the end do nothing.
class Ticket {
 public:
  virtual ~Ticket() = default;
  virtual void cancel() = 0;
};

using Done = std::function<void(std::expected<Reply, Failure>)>;

// A version that is given copies of requests (serve/rollout).
struct ShadowState {
  std::string version;
  double share = 0;
  uint64_t copies = 0, dropped = 0, answered = 0, failed = 0;  // requests; dropped: it was behind
  uint64_t compared = 0, agreed = 0;                           // inputs
  double largest_difference = 0;
  Nanos p50{0}, p99{0};
};

// A version that is given a growing share of requests (serve/rollout).
struct CanaryState {
  std::string version;
  std::string state;  // "waiting", "running", "promoted", "rolled back"
  size_t step = 0;    // of `steps`, from 1 while it runs
  size_t steps = 0;
  double share = 0;
  uint64_t answered = 0, failed = 0;  // in this step
  Nanos p99{0}, primary_p99{0};
  std::vector<std::string> events;  // "2026-11-29T20:00:00Z step 2 of 4: 5 % of keys", the latest last
};

struct RolloutState {
  std::optional<ShadowState> shadow;
  std::optional<CanaryState> canary;
};

// Of one model since it was loaded.
struct Statistics {
  uint64_t requests = 0, failures = 0, refused = 0, cancelled = 0;  // failures: refused and cancelled ones, too
  uint64_t groups = 0, inferences = 0;
  Nanos waited{0}, tokenized{0}, computed{0};   // sums
  int64_t last_ms = 0;                          // Unix time of the last answer
  uint64_t cache_hits = 0, cache_misses = 0;    // of inputs, where a cache is declared
  std::shared_ptr<const RolloutState> rollout;  // null: none is declared

  Statistics& operator+=(const Statistics& other);  // counts and sums; the rollout stays
};

struct ModelState {
  std::string name, version;
  std::string state;   // READY, LOADING, UNLOADING, UNAVAILABLE
  std::string reason;  // of UNAVAILABLE; of READY: what kept a later load from replacing it
};

class Inference {
 public:
  virtual ~Inference() = default;
  virtual std::unique_ptr<Ticket> submit(Call call, Done done) = 0;
  virtual Result<std::shared_ptr<const Model>> model(std::string_view name, std::string_view version) const = 0;
  virtual std::vector<ModelState> models() const = 0;
  virtual Result<Statistics> statistics(std::string_view name, std::string_view version) const = 0;
  // Returns when the model serves, or with what kept it from it; the version before goes on until then. `version`: a
  // number or an alias, served beside the others; empty: what the name means now, and its aliases.
  virtual Result<void> load(std::string_view name, std::string_view version = {}) = 0;
  virtual Result<void> unload(std::string_view name) = 0;
  virtual bool ready() const = 0;  // every model that was asked for serves, and nothing drains
};

}  // namespace fovea::inference
