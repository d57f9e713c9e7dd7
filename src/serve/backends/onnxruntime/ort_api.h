// The functions of ONNX Runtime's C interface that are used here, declared by us. The library hands out one table of
// function pointers; a function's place in it never changes, new ones are added behind (onnxruntime_c_api.h, "OrtApi").
// `kApiVersion` is the oldest table with all of ours: 1.16 (2023).
// Threads: the library's: any; a session from several at once.
// Errors: of load(): kFailedPrecondition (not there, no ONNX Runtime, older than 1.16).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "serve/backends/graph/shared_library.h"

namespace fovea::onnxruntime {

// Things of the library, behind pointers.
struct OrtEnv;
struct OrtStatus;
struct OrtSession;
struct OrtSessionOptions;
struct OrtRunOptions;
struct OrtValue;
struct OrtTypeInfo;
struct OrtTensorInfo;
struct OrtMemoryInfo;
struct OrtArenaConfig;
struct OrtAllocator;

constexpr uint32_t kApiVersion = 16;

// The library's codes (OrtErrorCode) that mean something to us.
constexpr int kOrtFail = 1, kOrtInvalidArgument = 2, kOrtNoSuchFile = 3, kOrtRuntimeException = 6,
              kOrtInvalidProtobuf = 7, kOrtNotImplemented = 9, kOrtInvalidGraph = 10;

struct OrtCalls {
  int (*error_code)(const OrtStatus*);
  const char* (*error_message)(const OrtStatus*);
  void (*release_status)(OrtStatus*);

  OrtStatus* (*create_env)(int severity, const char* id, OrtEnv**);
  void (*release_env)(OrtEnv*);
  OrtStatus* (*create_cpu_memory_info)(int allocator, int memory, OrtMemoryInfo**);
  void (*release_memory_info)(OrtMemoryInfo*);
  OrtStatus* (*create_arena_config)(const char* const* keys, const size_t* values, size_t count, OrtArenaConfig**);
  void (*release_arena_config)(OrtArenaConfig*);
  OrtStatus* (*register_allocator)(OrtEnv*, const OrtMemoryInfo*, const OrtArenaConfig*);
  OrtStatus* (*default_allocator)(OrtAllocator**);  // not owned
  OrtStatus* (*allocator_free)(OrtAllocator*, void*);

  OrtStatus* (*create_session_options)(OrtSessionOptions**);
  void (*release_session_options)(OrtSessionOptions*);
  OrtStatus* (*set_intra_threads)(OrtSessionOptions*, int);
  OrtStatus* (*set_inter_threads)(OrtSessionOptions*, int);
  OrtStatus* (*set_log_severity)(OrtSessionOptions*, int);
  OrtStatus* (*add_session_entry)(OrtSessionOptions*, const char* key, const char* value);
  OrtStatus* (*create_session)(const OrtEnv*, const char* path, const OrtSessionOptions*, OrtSession**);
  void (*release_session)(OrtSession*);

  OrtStatus* (*count_inputs)(const OrtSession*, size_t*);
  OrtStatus* (*count_outputs)(const OrtSession*, size_t*);
  OrtStatus* (*input_name)(const OrtSession*, size_t, OrtAllocator*, char**);
  OrtStatus* (*output_name)(const OrtSession*, size_t, OrtAllocator*, char**);
  OrtStatus* (*input_type)(const OrtSession*, size_t, OrtTypeInfo**);
  OrtStatus* (*output_type)(const OrtSession*, size_t, OrtTypeInfo**);
  void (*release_type)(OrtTypeInfo*);
  OrtStatus* (*tensor_of_type)(const OrtTypeInfo*, const OrtTensorInfo**);  // not owned; null: no tensor
  OrtStatus* (*element_type)(const OrtTensorInfo*, int*);
  OrtStatus* (*count_dimensions)(const OrtTensorInfo*, size_t*);
  OrtStatus* (*dimensions)(const OrtTensorInfo*, int64_t*, size_t);
  OrtStatus* (*tensor_of_value)(const OrtValue*, OrtTensorInfo**);
  void (*release_tensor_info)(OrtTensorInfo*);
  OrtStatus* (*is_tensor)(const OrtValue*, int*);

  OrtStatus* (*tensor_over)(const OrtMemoryInfo*, void* data, size_t bytes, const int64_t* shape, size_t rank, int type,
                            OrtValue**);
  OrtStatus* (*make_tensor)(OrtAllocator*, const int64_t* shape, size_t rank, int type, OrtValue**);
  OrtStatus* (*tensor_data)(OrtValue*, void**);
  OrtStatus* (*string_buffer)(OrtValue*, size_t index, size_t bytes, char** buffer);
  OrtStatus* (*string_bytes)(const OrtValue*, size_t index, size_t* bytes);
  OrtStatus* (*string_at)(const OrtValue*, size_t bytes, size_t index, void* to);
  void (*release_value)(OrtValue*);

  OrtStatus* (*create_run_options)(OrtRunOptions**);
  void (*release_run_options)(OrtRunOptions*);
  OrtStatus* (*add_run_entry)(OrtRunOptions*, const char* key, const char* value);
  OrtStatus* (*terminate)(OrtRunOptions*);
  OrtStatus* (*run)(OrtSession*, const OrtRunOptions*, const char* const* input_names, const OrtValue* const* inputs,
                    size_t input_count, const char* const* output_names, size_t output_count, OrtValue** outputs);
};

struct OrtLibrary {
  OrtCalls calls;
  std::string version;  // "1.32.0"
  std::string path;

  static Result<std::shared_ptr<const OrtLibrary>> load();
  // The status's error; releases it. Null is good.
  Result<void> check(OrtStatus* status) const;
};

}  // namespace fovea::onnxruntime
