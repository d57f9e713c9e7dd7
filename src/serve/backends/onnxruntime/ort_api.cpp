#include "serve/backends/onnxruntime/ort_api.h"

#include <fmt/format.h>

namespace fovea::onnxruntime {
namespace {

constexpr const char* kNames[] = {"libonnxruntime.so", "libonnxruntime.so.1"};
constexpr const char* kHint = "./dev setup --with onnxruntime, or name it in FOVEA_ONNXRUNTIME";

// What OrtGetApiBase() points to.
struct ApiBase {
  const void* (*api)(uint32_t version);
  const char* (*version)();
};

template <typename F>
void take(F*& function, const void* const* table, size_t place) {
  function = reinterpret_cast<F*>(const_cast<void*>(table[place]));
}

// Places in the table of the functions of version 1.0 and of those that came later.
OrtCalls calls_of(const void* const* table) {
  OrtCalls out;
  take(out.error_code, table, 1);
  take(out.error_message, table, 2);
  take(out.create_env, table, 3);
  take(out.create_session, table, 7);
  take(out.run, table, 9);
  take(out.create_session_options, table, 10);
  take(out.set_log_severity, table, 22);
  take(out.set_intra_threads, table, 24);
  take(out.set_inter_threads, table, 25);
  take(out.count_inputs, table, 30);
  take(out.count_outputs, table, 31);
  take(out.input_type, table, 33);
  take(out.output_type, table, 34);
  take(out.input_name, table, 36);
  take(out.output_name, table, 37);
  take(out.create_run_options, table, 39);
  take(out.terminate, table, 46);
  take(out.make_tensor, table, 48);
  take(out.tensor_over, table, 49);
  take(out.is_tensor, table, 50);
  take(out.tensor_data, table, 51);
  take(out.tensor_of_type, table, 55);
  take(out.element_type, table, 60);
  take(out.count_dimensions, table, 61);
  take(out.dimensions, table, 62);
  take(out.tensor_of_value, table, 65);
  take(out.create_cpu_memory_info, table, 69);
  take(out.allocator_free, table, 76);
  take(out.default_allocator, table, 78);
  take(out.release_env, table, 92);
  take(out.release_status, table, 93);
  take(out.release_memory_info, table, 94);
  take(out.release_session, table, 95);
  take(out.release_value, table, 96);
  take(out.release_run_options, table, 97);
  take(out.release_type, table, 98);
  take(out.release_tensor_info, table, 99);
  take(out.release_session_options, table, 100);
  take(out.string_bytes, table, 127);  // 1.3
  take(out.string_at, table, 128);
  take(out.add_session_entry, table, 130);  // 1.4
  take(out.register_allocator, table, 144);
  take(out.release_arena_config, table, 157);
  take(out.create_arena_config, table, 164);  // 1.8
  take(out.add_run_entry, table, 165);
  take(out.string_buffer, table, 252);  // 1.15
  return out;
}

Code code_of(int ort) {
  switch (ort) {
    case kOrtInvalidArgument:
      return Code::kInvalidArgument;
    case kOrtNoSuchFile:
      return Code::kNotFound;
    case kOrtInvalidProtobuf:
    case kOrtInvalidGraph:
      return Code::kDataLoss;
    case kOrtNotImplemented:
      return Code::kUnimplemented;
    default:
      return Code::kInternal;
  }
}

}  // namespace

Result<std::shared_ptr<const OrtLibrary>> OrtLibrary::load() {
  FOVEA_TRY(const graph::SharedLibrary library, graph::SharedLibrary::open({"FOVEA_ONNXRUNTIME", kNames, kHint}));
  const ApiBase* (*base_of)() = nullptr;
  FOVEA_OK(library.take(base_of, "OrtGetApiBase"));
  const ApiBase* base = base_of();
  const void* table = base ? base->api(kApiVersion) : nullptr;
  if (!table)
    return fail(Code::kFailedPrecondition,
                fmt::format("is ONNX Runtime {}, 1.{} or later is needed", base ? base->version() : "?", kApiVersion),
                library.path(), kHint);
  auto made = std::make_shared<OrtLibrary>();
  made->calls = calls_of(static_cast<const void* const*>(table));
  made->version = base->version();
  made->path = library.path();
  return made;
}

Result<void> OrtLibrary::check(OrtStatus* status) const {
  if (!status) return {};
  const int code = calls.error_code(status);
  std::string message = calls.error_message(status);
  calls.release_status(status);
  const bool memory = message.find("Failed to allocate memory") != std::string::npos ||
                      message.find("Available memory of") != std::string::npos ||
                      message.find("bad_alloc") != std::string::npos;
  return fail(memory ? Code::kResourceExhausted : code_of(code), "ONNX Runtime: " + std::move(message));
}

}  // namespace fovea::onnxruntime
