// fovea's attention engine for C++20: a model folder in; texts, pairs of texts or token ids in; embeddings or logits
// out. Everything here is inline over fovea/engine_c.h, which says what holds of models, threads and versions: programs
// need not be built with the library's compiler or standard library.
//
//   auto engine = fovea::engine::Engine::open("models/all-MiniLM-L6-v2");
//   if (!engine) return complain(engine.error().text());
//   auto answers = engine->encode({"where is my order"});
//   std::span<const float> embedding = (*answers)[0].values;
//
// Errors: Result, as std::expected; nothing throws but std::bad_alloc.
#pragma once

#if !defined(__cplusplus) || __cplusplus < 202002L
#error "fovea/engine.h needs C++20; fovea/engine_c.h needs C99"
#endif

#include <fovea/engine_c.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace fovea::engine {

enum class Code : int32_t {
  kCancelled = FOVEA_CODE_CANCELLED,
  kUnknown = FOVEA_CODE_UNKNOWN,
  kInvalidArgument = FOVEA_CODE_INVALID_ARGUMENT,
  kDeadlineExceeded = FOVEA_CODE_DEADLINE_EXCEEDED,
  kNotFound = FOVEA_CODE_NOT_FOUND,
  kAlreadyExists = FOVEA_CODE_ALREADY_EXISTS,
  kPermissionDenied = FOVEA_CODE_PERMISSION_DENIED,
  kResourceExhausted = FOVEA_CODE_RESOURCE_EXHAUSTED,
  kFailedPrecondition = FOVEA_CODE_FAILED_PRECONDITION,
  kAborted = FOVEA_CODE_ABORTED,
  kOutOfRange = FOVEA_CODE_OUT_OF_RANGE,
  kUnimplemented = FOVEA_CODE_UNIMPLEMENTED,
  kInternal = FOVEA_CODE_INTERNAL,
  kUnavailable = FOVEA_CODE_UNAVAILABLE,
  kDataLoss = FOVEA_CODE_DATA_LOSS,
  kUnauthenticated = FOVEA_CODE_UNAUTHENTICATED,
};

enum class Precision : int32_t {
  kDefault = FOVEA_PRECISION_DEFAULT,  // the folder's own where it holds a packed model, else fp32
  kFp32 = FOVEA_PRECISION_FP32,
  kBf16 = FOVEA_PRECISION_BF16,
  kInt8 = FOVEA_PRECISION_INT8,
  kFastest = FOVEA_PRECISION_FASTEST,  // that the machine and the verdict on the model allow
};

enum class Output : int32_t {
  kEmbedding = FOVEA_OUTPUT_EMBEDDING,
  kSequenceLogits = FOVEA_OUTPUT_SEQUENCE_LOGITS,
  kTokenLogits = FOVEA_OUTPUT_TOKEN_LOGITS,
};

struct Error {
  Code code = Code::kUnknown;
  std::string message;  // what is wrong
  std::string where;    // the file and field, the sequence; may be empty
  std::string hint;     // how to mend it; may be empty
  std::string text;     // all of it in a line
};

// A value or an error. REQUIRES of * and ->: there is a value; of error(): there is none.
template <typename T>
class Result {
 public:
  Result(T value) : held_(std::move(value)) {}
  Result(Error error) : held_(std::move(error)) {}
  bool has_value() const { return held_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  T& operator*() & { return *std::get_if<0>(&held_); }
  const T& operator*() const& { return *std::get_if<0>(&held_); }
  T&& operator*() && { return std::move(*std::get_if<0>(&held_)); }
  T* operator->() { return std::get_if<0>(&held_); }
  const T* operator->() const { return std::get_if<0>(&held_); }
  const Error& error() const { return *std::get_if<1>(&held_); }

 private:
  std::variant<T, Error> held_;
};

// What was made of one text. Every span lies in the Answers that it was asked of.
struct Answer {
  std::span<const float> values;  // [rows, width]: rows is 1, or as many as tokens where the output is kTokenLogits
  size_t rows = 0, width = 0;
  std::span<const int32_t> ids;    // [tokens], special ones included
  std::span<const int32_t> types;  // [tokens], as the model was trained: 0, or 0 and 1 for the texts of a pair
  // [tokens] the bytes each came from, of a pair those of its own text, {0, 0}: special; none where ids were given
  std::span<const fovea_span> spans;
  std::span<const int8_t> texts;  // [tokens] the text that the span lies in: 0, of a pair 1 too; -1: special
  std::span<const float> focus;   // [tokens], summing to 1; none where it was not asked for
  bool truncated = false;         // the text had more tokens than tokens_max
};

// The answers of one call, in the order of its texts. Threads: read only, any.
class Answers {
 public:
  explicit Answers(fovea_answers* made) : made_(made, fovea_answers_free) {}
  size_t size() const { return fovea_answers_count(made_.get()); }
  Answer operator[](size_t index) const {  // REQUIRES: index < size()
    fovea_answer found = FOVEA_ANSWER_INIT;
    fovea_answers_get(made_.get(), index, &found);
    Answer answer;
    answer.values = {found.values, found.rows * found.width};
    answer.rows = found.rows;
    answer.width = found.width;
    answer.ids = {found.ids, found.tokens};
    answer.types = {found.types, found.tokens};
    if (found.spans) answer.spans = {found.spans, found.tokens};
    if (found.texts) answer.texts = {found.texts, found.tokens};
    if (found.focus) answer.focus = {found.focus, found.tokens};
    answer.truncated = found.truncated != 0;
    return answer;
  }

 private:
  std::unique_ptr<fovea_answers, void (*)(fovea_answers*)> made_;
};

struct Options {
  Precision precision = Precision::kDefault;
  int threads = 0;        // 0: as many as this process may use
  bool focus = false;     // answers tell how much the model looked at each token
  bool ids_only = false;  // no tokenizer is read; encode_ids() alone
};

struct Pair {
  std::string_view first, second;
};

struct Ids {
  std::span<const int32_t> ids;         // special tokens included
  std::span<const int32_t> types = {};  // as many, or none: all 0
};

struct Description {
  std::string model_type;  // as config.json says: "bert"
  std::string isa;         // the instruction set in use; FOVEA_ISA in the environment forces one
  Output output = Output::kEmbedding;
  Precision precision = Precision::kFp32;
  int threads = 0;                  // the caller's own among them
  size_t width = 0;                 // values of one row
  size_t tokens_max = 0;            // of one text, special tokens included; a longer text is cut
  size_t vocabulary = 0;            // ids are in [0, vocabulary)
  size_t token_types = 0;           // types are in [0, token_types); 0: they are not looked at
  std::vector<std::string> labels;  // of the values of a row of logits; none: an embedding
};

// An opened model with its threads. Calls from several threads take turns.
class Engine {
 public:
  static Result<Engine> open(const std::string& folder, const Options& options = {}) {
    fovea_engine_options given = FOVEA_ENGINE_OPTIONS_INIT;
    given.precision = static_cast<int32_t>(options.precision);
    given.threads = options.threads;
    given.focus = options.focus ? 1 : 0;
    given.ids_only = options.ids_only ? 1 : 0;
    fovea_engine* made = nullptr;
    fovea_error* error = nullptr;
    const fovea_code code = fovea_engine_open(folder.c_str(), &given, &made, &error);
    if (code != FOVEA_CODE_OK) return read_and_free(code, error);
    return Engine(made);
  }

  // The answer to a text is the same, to the bit, whatever stands beside it and on any number of threads.
  Result<Answers> encode(std::span<const std::string_view> texts) {
    std::vector<fovea_text> given;
    given.reserve(texts.size());
    for (std::string_view text : texts) given.push_back({text.data(), text.size()});
    fovea_answers* answers = nullptr;
    fovea_error* error = nullptr;
    const fovea_code code = fovea_engine_encode(made_.get(), given.data(), given.size(), &answers, &error);
    return finish(code, answers, error);
  }
  Result<Answers> encode(std::initializer_list<std::string_view> texts) {
    return encode(std::span<const std::string_view>(texts.begin(), texts.size()));
  }
  Result<Answers> encode(const std::vector<std::string>& texts) {
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    return encode(std::span<const std::string_view>(views));
  }

  // As a cross encoder reads them.
  Result<Answers> encode_pairs(std::span<const Pair> pairs) {
    std::vector<fovea_text> firsts, seconds;
    for (const Pair& pair : pairs) {
      firsts.push_back({pair.first.data(), pair.first.size()});
      seconds.push_back({pair.second.data(), pair.second.size()});
    }
    fovea_answers* answers = nullptr;
    fovea_error* error = nullptr;
    const fovea_code code =
        fovea_engine_encode_pairs(made_.get(), firsts.data(), seconds.data(), pairs.size(), &answers, &error);
    return finish(code, answers, error);
  }

  // What a tokenizer of the caller's own gave.
  Result<Answers> encode_ids(std::span<const Ids> sequences) {
    std::vector<fovea_ids> given;
    for (const Ids& sequence : sequences) {
      if (!sequence.types.empty() && sequence.types.size() != sequence.ids.size()) {
        const std::string message = "has another number of types than of ids";
        const std::string where = "sequence " + std::to_string(given.size());
        return Error{Code::kInvalidArgument, message, where, "", where + ": " + message};
      }
      given.push_back(
          {sequence.ids.data(), sequence.types.empty() ? nullptr : sequence.types.data(), sequence.ids.size()});
    }
    fovea_answers* answers = nullptr;
    fovea_error* error = nullptr;
    const fovea_code code = fovea_engine_encode_ids(made_.get(), given.data(), given.size(), &answers, &error);
    return finish(code, answers, error);
  }

  Description describe() const {
    fovea_engine_description found = {};
    found.struct_size = sizeof found;
    fovea_engine_describe(made_.get(), &found);
    Description description;
    description.model_type = found.model_type;
    description.isa = found.isa;
    description.output = static_cast<Output>(found.output);
    description.precision = static_cast<Precision>(found.precision);
    description.threads = found.threads;
    description.width = found.width;
    description.tokens_max = found.tokens_max;
    description.vocabulary = found.vocabulary;
    description.token_types = found.token_types;
    for (size_t i = 0; i < found.labels; ++i) description.labels.emplace_back(fovea_engine_label(made_.get(), i));
    return description;
  }

 private:
  explicit Engine(fovea_engine* made) : made_(made, fovea_engine_close) {}

  static Error read_and_free(fovea_code code, fovea_error* made) {
    const std::unique_ptr<fovea_error, void (*)(fovea_error*)> error(made, fovea_error_free);
    if (!error) return {static_cast<Code>(code), "out of memory", "", "", "out of memory"};
    return {static_cast<Code>(code), fovea_error_message(made), fovea_error_where(made), fovea_error_hint(made),
            fovea_error_text(made)};
  }
  static Result<Answers> finish(fovea_code code, fovea_answers* answers, fovea_error* error) {
    if (code != FOVEA_CODE_OK) return read_and_free(code, error);
    return Answers(answers);
  }

  std::unique_ptr<fovea_engine, void (*)(fovea_engine*)> made_;
};

}  // namespace fovea::engine
