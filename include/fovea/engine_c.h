// fovea's attention engine for C: a model folder in; texts, pairs of texts or token ids in; embeddings or logits out.
// A model folder is Hugging Face's, as it is: config.json, model.safetensors and a tokenizer's files.
//
// Errors: a function that can fail returns a fovea_code, FOVEA_CODE_OK or why not. With a place to put it (`error` may
// be NULL) it leaves a fovea_error there, which the caller frees; no error leaves NULL there. No C++ exception comes
// out. What was to be made is NULL after an error.
// Ownership: what a function makes is the caller's, until its own _close or _free, which take NULL too. Strings and
// arrays that are handed out belong to the object that they were asked of, and live as long.
// Threads: every function may be called from any thread. Calls that encode on one engine take turns, and each uses all
// of the engine's threads; open one engine for each part of the program that must not wait for another. Answers and
// errors are read only. After fork() only the parent may go on using an engine.
// Versions: FOVEA_ENGINE_C_VERSION rises when something is added; nothing changes its meaning or goes away while the
// library is libfovea_engine.so.0. A struct that may grow begins with its size, which the caller fills in (the _INIT
// macros do): an older caller's struct is read and written as far as it goes, a newer one's is zero-filled behind.
#pragma once

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define FOVEA_ENGINE_EXPORT __attribute__((visibility("default")))
#else
#define FOVEA_ENGINE_EXPORT
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define FOVEA_ENGINE_C_VERSION 2

typedef struct fovea_engine fovea_engine;    // an opened model with its threads
typedef struct fovea_answers fovea_answers;  // what one call gave
typedef struct fovea_error fovea_error;      // why a call gave nothing

// The codes of gRPC.
typedef int32_t fovea_code;
enum {
  FOVEA_CODE_OK = 0,
  FOVEA_CODE_CANCELLED = 1,
  FOVEA_CODE_UNKNOWN = 2,
  FOVEA_CODE_INVALID_ARGUMENT = 3,
  FOVEA_CODE_DEADLINE_EXCEEDED = 4,
  FOVEA_CODE_NOT_FOUND = 5,
  FOVEA_CODE_ALREADY_EXISTS = 6,
  FOVEA_CODE_PERMISSION_DENIED = 7,
  FOVEA_CODE_RESOURCE_EXHAUSTED = 8,
  FOVEA_CODE_FAILED_PRECONDITION = 9,
  FOVEA_CODE_ABORTED = 10,
  FOVEA_CODE_OUT_OF_RANGE = 11,
  FOVEA_CODE_UNIMPLEMENTED = 12,
  FOVEA_CODE_INTERNAL = 13,
  FOVEA_CODE_UNAVAILABLE = 14,
  FOVEA_CODE_DATA_LOSS = 15,
  FOVEA_CODE_UNAUTHENTICATED = 16
};

// The default is the folder's own where it holds a packed model, else fp32. fp32 is the reference; bf16 keeps 8 bits of
// each number; int8 is to be judged on your own texts (`fovea models verify`). The fastest is int8 where that verdict
// allows it, else bf16 where the machine multiplies it, else fp32.
enum {
  FOVEA_PRECISION_DEFAULT = 0,
  FOVEA_PRECISION_FP32 = 1,
  FOVEA_PRECISION_BF16 = 2,
  FOVEA_PRECISION_INT8 = 3,
  FOVEA_PRECISION_FASTEST = 4
};

// What a row of values is: an embedding of a text; logits of a text; logits of a token.
enum { FOVEA_OUTPUT_EMBEDDING = 0, FOVEA_OUTPUT_SEQUENCE_LOGITS = 1, FOVEA_OUTPUT_TOKEN_LOGITS = 2 };

typedef struct fovea_engine_options {
  size_t struct_size;
  int32_t precision;  // FOVEA_PRECISION_*
  int32_t threads;    // 0: as many as this process may use
  int32_t focus;      // not 0: answers tell how much the model looked at each token
  int32_t ids_only;   // not 0: no tokenizer is read; fovea_engine_encode_ids() alone
} fovea_engine_options;
#define FOVEA_ENGINE_OPTIONS_INIT {sizeof(fovea_engine_options), 0, 0, 0, 0}

typedef struct fovea_engine_description {
  size_t struct_size;
  const char* model_type;  // as config.json says: "bert"
  const char* isa;         // the instruction set in use: "avx512-vnni"; FOVEA_ISA in the environment forces one
  int32_t output;          // FOVEA_OUTPUT_*
  int32_t precision;       // FOVEA_PRECISION_FP32, _BF16 or _INT8
  int32_t threads;         // the caller's own among them
  size_t width;            // values of one row
  size_t tokens_max;       // of one text, special tokens included; a longer text is cut
  size_t vocabulary;       // ids are in [0, vocabulary)
  size_t token_types;      // types are in [0, token_types); 0: they are not looked at
  size_t labels;           // names of the values of a row of logits; 0: an embedding
} fovea_engine_description;

typedef struct fovea_text {
  const char* bytes;  // UTF-8; what is malformed is read as U+FFFD. NULL: empty
  size_t length;
} fovea_text;

typedef struct fovea_ids {
  const int32_t* ids;    // special tokens included
  const int32_t* types;  // as many, or NULL: all 0
  size_t count;
} fovea_ids;

// Bytes [begin, end) of the text that a token came from, of a pair that of the two; {0, 0} for special tokens.
typedef struct fovea_span {
  uint32_t begin, end;
} fovea_span;

typedef struct fovea_answer {
  size_t struct_size;
  const float* values;  // [rows, width]: rows is 1, or `tokens` where the output is FOVEA_OUTPUT_TOKEN_LOGITS
  size_t rows, width;
  size_t tokens;            // special ones included
  const int32_t* ids;       // [tokens]
  const int32_t* types;     // [tokens], as the model was trained: 0, or 0 and 1 for the texts of a pair
  const fovea_span* spans;  // [tokens], or NULL where ids were given; of a pair, where there is room for `texts`
  const float* focus;       // [tokens], summing to 1, or NULL where it was not asked for
  int32_t truncated;        // not 0: the text had more tokens than tokens_max
  // Since version 2: [tokens] the text that the span lies in, 0 or, of a pair, 1; -1 for special tokens. NULL where ids
  // were given.
  const int8_t* texts;
} fovea_answer;
#define FOVEA_ANSWER_INIT {sizeof(fovea_answer), NULL, 0, 0, 0, NULL, NULL, NULL, NULL, 0, NULL}

FOVEA_ENGINE_EXPORT const char* fovea_engine_version(void);  // "0.1.0"
FOVEA_ENGINE_EXPORT int32_t fovea_engine_c_version(void);    // FOVEA_ENGINE_C_VERSION of the library

// `options` may be NULL: the defaults. The files must not be changed in place while the engine is open; replace
// them by renaming.
FOVEA_ENGINE_EXPORT fovea_code fovea_engine_open(const char* folder, const fovea_engine_options* options,
                                                 fovea_engine** engine, fovea_error** error);
FOVEA_ENGINE_EXPORT void fovea_engine_close(fovea_engine* engine);  // once no call on it is running

// Fills what `description->struct_size` says that there is room for.
FOVEA_ENGINE_EXPORT fovea_code fovea_engine_describe(const fovea_engine* engine, fovea_engine_description* description);
// The name of value `index` of a row of logits; NULL beyond the last.
FOVEA_ENGINE_EXPORT const char* fovea_engine_label(const fovea_engine* engine, size_t index);

// `count` texts, in one answer each and in their order. An answer is the same, to the bit, whatever stands beside the
// text, and on any number of threads. At most 1,048,576 texts of 64 MiB each in one call.
FOVEA_ENGINE_EXPORT fovea_code fovea_engine_encode(fovea_engine* engine, const fovea_text* texts, size_t count,
                                                   fovea_answers** answers, fovea_error** error);
// Pairs (firsts[i], seconds[i]), as a cross encoder reads them.
FOVEA_ENGINE_EXPORT fovea_code fovea_engine_encode_pairs(fovea_engine* engine, const fovea_text* firsts,
                                                         const fovea_text* seconds, size_t count,
                                                         fovea_answers** answers, fovea_error** error);
// What a tokenizer of the caller's own gave. The error names the sequence and the id that the model lacks.
FOVEA_ENGINE_EXPORT fovea_code fovea_engine_encode_ids(fovea_engine* engine, const fovea_ids* sequences, size_t count,
                                                       fovea_answers** answers, fovea_error** error);

FOVEA_ENGINE_EXPORT size_t fovea_answers_count(const fovea_answers* answers);
// Fills what `answer->struct_size` says that there is room for; FOVEA_CODE_OUT_OF_RANGE beyond the last.
FOVEA_ENGINE_EXPORT fovea_code fovea_answers_get(const fovea_answers* answers, size_t index, fovea_answer* answer);
FOVEA_ENGINE_EXPORT void fovea_answers_free(fovea_answers* answers);

FOVEA_ENGINE_EXPORT fovea_code fovea_error_code(const fovea_error* error);
FOVEA_ENGINE_EXPORT const char* fovea_error_message(const fovea_error* error);  // what is wrong
FOVEA_ENGINE_EXPORT const char* fovea_error_where(const fovea_error* error);  // the file and field, the sequence; or ""
FOVEA_ENGINE_EXPORT const char* fovea_error_hint(const fovea_error* error);   // how to mend it; or ""
FOVEA_ENGINE_EXPORT const char* fovea_error_text(const fovea_error* error);   // all of it in a line
FOVEA_ENGINE_EXPORT void fovea_error_free(fovea_error* error);

#ifdef __cplusplus
}
#endif
