// The functions of fovea/engine_c.h over TextEncoder. Everything that can throw stands inside guarded().
#include <fmt/format.h>
#include <fovea/engine_c.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/version.h"
#include "engine/api/limits.h"
#include "engine/api/sized_struct.h"
#include "engine/kernels/isa.h"
#include "engine/models/text_encoder.h"

using namespace fovea;

struct fovea_error {
  Error error;
  std::string text;
};

struct fovea_answers {
  std::vector<models::EncodedText> texts;
  size_t width = 0;
  bool pairs = false;
};

struct fovea_engine {
  std::mutex turn;  // TextEncoder's calls are from one at a time
  std::unique_ptr<models::TextEncoder> encoder;
  bool reads_texts = false;
  const char* isa = "";
};

namespace {

static_assert(static_cast<int>(Code::kUnauthenticated) == FOVEA_CODE_UNAUTHENTICATED);
static_assert(static_cast<int>(kernels::Precision::kFp32) == 0);
static_assert(static_cast<int>(kernels::Precision::kInt8) == FOVEA_PRECISION_INT8 - FOVEA_PRECISION_FP32);
static_assert(static_cast<int>(models::Output::kTokenLogits) == FOVEA_OUTPUT_TOKEN_LOGITS);

fovea_code report(const Error& error, fovea_error** place) {
  if (place) *place = new (std::nothrow) fovea_error{error, error.text()};
  return static_cast<fovea_code>(error.code);
}

// Runs `make`, which fills *made; its error, and what C++ throws, become the caller's error.
template <typename Made, typename Make>
fovea_code guarded(Made** made, fovea_error** place, const Make& make) {
  if (place) *place = nullptr;
  try {
    if (!made) return report({Code::kInvalidArgument, "there is no place for the result", "", ""}, place);
    *made = nullptr;
    Result<std::unique_ptr<Made>> result = make();
    if (!result) return report(result.error(), place);
    *made = result->release();
    return FOVEA_CODE_OK;
  } catch (const std::bad_alloc&) {
    return FOVEA_CODE_RESOURCE_EXHAUSTED;  // without an error: it would need memory
  } catch (const std::system_error&) {
    return FOVEA_CODE_RESOURCE_EXHAUSTED;  // no more threads
  } catch (...) {
    return FOVEA_CODE_INTERNAL;
  }
}

Result<models::TextEncoderOptions> read_options(const fovea_engine_options* given) {
  fovea_engine_options options = FOVEA_ENGINE_OPTIONS_INIT;
  if (given && !api::read_struct(given, options))
    return fail(Code::kInvalidArgument, "struct_size is none, or made for a newer library", "options",
                "begin with FOVEA_ENGINE_OPTIONS_INIT");
  if (options.precision < FOVEA_PRECISION_DEFAULT || options.precision > FOVEA_PRECISION_FASTEST)
    return fail(Code::kInvalidArgument, fmt::format("{} is no precision", options.precision), "options: precision",
                "one of FOVEA_PRECISION_*");
  if (options.threads < 0 || options.threads > api::kThreadsMax)
    return fail(Code::kInvalidArgument, fmt::format("{} threads", options.threads), "options: threads",
                fmt::format("1 to {}, or 0: as many as the process may use", api::kThreadsMax));
  models::TextEncoderOptions own;
  own.workers = options.threads;
  own.focus = options.focus != 0;
  own.ids_only = options.ids_only != 0;
  own.load.fastest = options.precision == FOVEA_PRECISION_FASTEST;
  if (options.precision >= FOVEA_PRECISION_FP32 && options.precision <= FOVEA_PRECISION_INT8)
    own.load.precision = static_cast<kernels::Precision>(options.precision - FOVEA_PRECISION_FP32);
  return own;
}

Result<std::unique_ptr<fovea_engine>> open_engine(const char* folder, const fovea_engine_options* given) {
  if (!folder) return fail(Code::kInvalidArgument, "is NULL", "folder");
  FOVEA_TRY(const auto options, read_options(given));
  FOVEA_TRY(const kernels::IsaKernels* isa, kernels::isa_from_environment());
  auto engine = std::make_unique<fovea_engine>();
  FOVEA_TRY(engine->encoder, models::TextEncoder::create(folder, options));
  engine->reads_texts = !options.ids_only;
  engine->isa = isa->name;
  return engine;
}

Result<void> check_call(const fovea_engine* engine, const void* items, size_t count, const char* what) {
  if (!engine) return fail(Code::kInvalidArgument, "is NULL", "engine");
  if (!items && count > 0) return fail(Code::kInvalidArgument, "is NULL", what);
  if (count > api::kTextsMax)
    return fail(Code::kInvalidArgument, fmt::format("{} in one call", count), what,
                fmt::format("at most {}", api::kTextsMax));
  return {};
}

Result<std::string_view> read_text(const fovea_text& text, const char* what, size_t index) {
  if (!text.bytes && text.length > 0) return fail(Code::kInvalidArgument, "is NULL", fmt::format("{} {}", what, index));
  if (text.length > api::kTextBytesMax)
    return fail(Code::kInvalidArgument, fmt::format("{} bytes", text.length), fmt::format("{} {}", what, index),
                fmt::format("at most {}", api::kTextBytesMax));
  return std::string_view(text.length > 0 ? text.bytes : "", text.length);
}

Result<void> check_reads_texts(const fovea_engine& engine) {
  if (!engine.reads_texts)
    return fail(Code::kFailedPrecondition, "was opened without a tokenizer (ids_only)", "engine",
                "give ids, or open it without ids_only");
  return {};
}

std::unique_ptr<fovea_answers> answers_of(const fovea_engine& engine, std::vector<models::EncodedText> texts) {
  auto answers = std::make_unique<fovea_answers>();
  answers->width = static_cast<size_t>(engine.encoder->model().width());
  answers->texts = std::move(texts);
  for (models::EncodedText& text : answers->texts) text.tokens.type_ids.resize(text.tokens.ids.size());
  return answers;
}

Result<std::unique_ptr<fovea_answers>> encode(fovea_engine* engine, const fovea_text* texts, size_t count) {
  FOVEA_OK(check_call(engine, texts, count, "texts"));
  FOVEA_OK(check_reads_texts(*engine));
  std::vector<std::string> own(count);
  for (size_t i = 0; i < count; ++i) {
    FOVEA_TRY(own[i], read_text(texts[i], "text", i));
  }
  const std::lock_guard lock(engine->turn);
  FOVEA_TRY(auto encoded, engine->encoder->encode(own));
  return answers_of(*engine, std::move(encoded));
}

// TextEncoder calls the sequences of a call lines.
Error as_sequence(Error error) {
  if (error.where.starts_with("line ")) error.where.replace(0, 4, "sequence");
  return error;
}

Result<std::unique_ptr<fovea_answers>> encode_ids(fovea_engine* engine, const fovea_ids* sequences, size_t count) {
  FOVEA_OK(check_call(engine, sequences, count, "sequences"));
  std::vector<models::TokenIds> own(count);
  for (size_t i = 0; i < count; ++i) {
    const auto most = static_cast<size_t>(engine->encoder->model().tokens_max());
    if (sequences[i].count > most)
      return fail(Code::kInvalidArgument, fmt::format("{} tokens, the model takes {}", sequences[i].count, most),
                  fmt::format("sequence {}", i));
    if (!sequences[i].ids && sequences[i].count > 0)
      return fail(Code::kInvalidArgument, "is NULL", fmt::format("sequence {}", i));
    own[i].ids.assign(sequences[i].ids, sequences[i].ids + sequences[i].count);
    if (sequences[i].types) own[i].types.assign(sequences[i].types, sequences[i].types + sequences[i].count);
  }
  const std::lock_guard lock(engine->turn);
  auto encoded = engine->encoder->encode_ids(own, 0);
  if (!encoded) return std::unexpected(as_sequence(encoded.error()));
  return answers_of(*engine, std::move(*encoded));
}

Result<std::unique_ptr<fovea_answers>> encode_pairs(fovea_engine* engine, const fovea_text* firsts,
                                                    const fovea_text* seconds, size_t count) {
  FOVEA_OK(check_call(engine, firsts, count, "firsts"));
  FOVEA_OK(check_call(engine, seconds, count, "seconds"));
  FOVEA_OK(check_reads_texts(*engine));
  std::vector<models::TextPair> own(count);
  for (size_t i = 0; i < count; ++i) {
    FOVEA_TRY(own[i].first, read_text(firsts[i], "first text", i));
    FOVEA_TRY(own[i].second, read_text(seconds[i], "second text", i));
  }
  const std::lock_guard lock(engine->turn);
  FOVEA_TRY(auto encoded, engine->encoder->encode_pairs(own));
  auto answers = answers_of(*engine, std::move(encoded));
  answers->pairs = true;
  return answers;
}

static_assert(sizeof(fovea_span) == sizeof(tokenize::TokenSpan) && alignof(fovea_span) == alignof(tokenize::TokenSpan));

fovea_answer view_of(const fovea_answers& answers, size_t index) {
  const models::EncodedText& text = answers.texts[index];
  fovea_answer view = FOVEA_ANSWER_INIT;
  view.values = text.values.data();
  view.rows = answers.width > 0 ? text.values.size() / answers.width : 0;
  view.width = answers.width;
  view.tokens = text.tokens.ids.size();
  view.ids = text.tokens.ids.data();
  view.types = text.tokens.type_ids.data();
  if (!text.tokens.spans.empty()) view.spans = reinterpret_cast<const fovea_span*>(text.tokens.spans.data());
  if (text.focus.size() == view.tokens && view.tokens > 0) view.focus = text.focus.data();
  view.truncated = text.tokens.truncated ? 1 : 0;
  if (!text.tokens.texts.empty()) view.texts = text.tokens.texts.data();
  return view;
}

}  // namespace

const char* fovea_engine_version(void) {
  return kFoveaVersion.data();
}
int32_t fovea_engine_c_version(void) {
  return FOVEA_ENGINE_C_VERSION;
}

fovea_code fovea_engine_open(const char* folder, const fovea_engine_options* options, fovea_engine** engine,
                             fovea_error** error) {
  return guarded(engine, error, [&] { return open_engine(folder, options); });
}
void fovea_engine_close(fovea_engine* engine) {
  delete engine;
}

fovea_code fovea_engine_describe(const fovea_engine* engine, fovea_engine_description* description) {
  if (!engine || !description) return FOVEA_CODE_INVALID_ARGUMENT;
  const models::EncoderModel& model = engine->encoder->model();
  fovea_engine_description own = {};
  own.model_type = model.model_type().c_str();
  own.isa = engine->isa;
  own.output = static_cast<int32_t>(model.output());
  own.precision = FOVEA_PRECISION_FP32 + static_cast<int32_t>(model.precision());
  own.threads = engine->encoder->workers();
  own.width = static_cast<size_t>(model.width());
  own.tokens_max = engine->encoder->tokens_max();
  own.vocabulary = static_cast<size_t>(model.vocabulary_size());
  own.token_types = static_cast<size_t>(model.token_types());
  own.labels = model.labels().size();
  return api::write_struct(own, description) ? FOVEA_CODE_OK : FOVEA_CODE_INVALID_ARGUMENT;
}
const char* fovea_engine_label(const fovea_engine* engine, size_t index) {
  if (!engine || index >= engine->encoder->model().labels().size()) return nullptr;
  return engine->encoder->model().labels()[index].c_str();
}

fovea_code fovea_engine_encode(fovea_engine* engine, const fovea_text* texts, size_t count, fovea_answers** answers,
                               fovea_error** error) {
  return guarded(answers, error, [&] { return encode(engine, texts, count); });
}
fovea_code fovea_engine_encode_pairs(fovea_engine* engine, const fovea_text* firsts, const fovea_text* seconds,
                                     size_t count, fovea_answers** answers, fovea_error** error) {
  return guarded(answers, error, [&] { return encode_pairs(engine, firsts, seconds, count); });
}
fovea_code fovea_engine_encode_ids(fovea_engine* engine, const fovea_ids* sequences, size_t count,
                                   fovea_answers** answers, fovea_error** error) {
  return guarded(answers, error, [&] { return encode_ids(engine, sequences, count); });
}

size_t fovea_answers_count(const fovea_answers* answers) {
  return answers ? answers->texts.size() : 0;
}
fovea_code fovea_answers_get(const fovea_answers* answers, size_t index, fovea_answer* answer) {
  if (!answers || !answer) return FOVEA_CODE_INVALID_ARGUMENT;
  if (index >= answers->texts.size()) return FOVEA_CODE_OUT_OF_RANGE;
  fovea_answer view = view_of(*answers, index);
  // A caller of version 1 could not tell which text a pair's span lies in, and was promised none.
  if (answers->pairs && answer->struct_size <= offsetof(fovea_answer, texts)) view.spans = nullptr;
  return api::write_struct(view, answer) ? FOVEA_CODE_OK : FOVEA_CODE_INVALID_ARGUMENT;
}
void fovea_answers_free(fovea_answers* answers) {
  delete answers;
}

fovea_code fovea_error_code(const fovea_error* error) {
  return error ? static_cast<fovea_code>(error->error.code) : FOVEA_CODE_OK;
}
const char* fovea_error_message(const fovea_error* error) {
  return error ? error->error.message.c_str() : "";
}
const char* fovea_error_where(const fovea_error* error) {
  return error ? error->error.where.c_str() : "";
}
const char* fovea_error_hint(const fovea_error* error) {
  return error ? error->error.hint.c_str() : "";
}
const char* fovea_error_text(const fovea_error* error) {
  return error ? error->text.c_str() : "";
}
void fovea_error_free(fovea_error* error) {
  delete error;
}
