// The functions of OpenVINO's C interface (2.0) that are used here, declared by us; found by their names.
// What changed between versions are the numbers of element types; load() asks the library how wide each is.
// Threads: a request from one at a time, everything else from any.
// Errors: of load(): kFailedPrecondition (not there, no OpenVINO, older than 2025).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "serve/backends/graph/shared_library.h"

namespace fovea::openvino {

// Things of the library, behind pointers.
struct OvCore;
struct OvModel;
struct OvCompiled;
struct OvRequest;
struct OvPort;
struct OvTensor;

struct OvShape {
  int64_t rank;
  int64_t* dims;
};
struct OvDimension {
  int64_t min, max;
};
struct OvPartialShape {
  OvDimension rank;
  OvDimension* dims;
};
struct OvVersion {
  const char* build;
  const char* description;
};

constexpr int kOvCancelled = -13;

struct OvCalls {
  int (*version)(OvVersion*);
  void (*version_free)(OvVersion*);
  const char* (*error_info)(int);
  const char* (*last_error)();
  void (*free_text)(const char*);

  int (*core_create)(OvCore**);
  void (*core_free)(OvCore*);
  int (*read_model)(const OvCore*, const char* path, const char* weights, OvModel**);
  void (*model_free)(OvModel*);
  int (*compile)(const OvCore*, const OvModel*, const char* device, size_t property_words, OvCompiled**, ...);
  void (*compiled_free)(OvCompiled*);

  int (*count_inputs)(const OvCompiled*, size_t*);
  int (*count_outputs)(const OvCompiled*, size_t*);
  int (*input_at)(const OvCompiled*, size_t, OvPort**);
  int (*output_at)(const OvCompiled*, size_t, OvPort**);
  void (*port_free)(OvPort*);
  int (*port_name)(const OvPort*, char**);
  int (*port_shape)(const OvPort*, OvPartialShape*);
  void (*shape_free)(OvPartialShape*);
  int (*port_type)(const OvPort*, int*);

  int (*request_create)(const OvCompiled*, OvRequest**);
  void (*request_free)(OvRequest*);
  int (*set_input)(OvRequest*, size_t, const OvTensor*);
  int (*get_output)(const OvRequest*, size_t, OvTensor**);
  int (*infer)(OvRequest*);
  int (*cancel)(OvRequest*);

  int (*tensor_create)(int type, OvShape, OvTensor**);
  int (*tensor_over)(int type, OvShape, void*, OvTensor**);
  void (*tensor_free)(OvTensor*);
  int (*tensor_shape)(const OvTensor*, OvShape*);
  int (*tensor_shape_free)(OvShape*);
  int (*tensor_type)(const OvTensor*, int*);
  int (*tensor_bytes)(const OvTensor*, size_t*);
  int (*tensor_data)(const OvTensor*, void**);
};

struct OvLibrary {
  OvCalls calls;
  std::string version;  // "2026.4.1-..."
  std::string path;

  static Result<std::shared_ptr<const OvLibrary>> load();
  Result<void> check(int status) const;
};

}  // namespace fovea::openvino
