#include "serve/backends/openvino/ov_api.h"

#include <fmt/format.h>

#include <cstdlib>

#include "serve/backends/openvino/ov_types.h"

namespace fovea::openvino {
namespace {

constexpr const char* kNames[] = {"libopenvino_c.so"};
constexpr const char* kHint = "./dev setup --with openvino, or name it in FOVEA_OPENVINO";
constexpr int kOldestYear = 2025;
constexpr size_t kProbe = 8;

Result<void> take_model(const graph::SharedLibrary& library, OvCalls& out) {
  FOVEA_OK(library.take(out.version, "ov_get_openvino_version"));
  FOVEA_OK(library.take(out.version_free, "ov_version_free"));
  FOVEA_OK(library.take(out.error_info, "ov_get_error_info"));
  FOVEA_OK(library.take(out.last_error, "ov_get_last_err_msg"));
  FOVEA_OK(library.take(out.free_text, "ov_free"));
  FOVEA_OK(library.take(out.core_create, "ov_core_create"));
  FOVEA_OK(library.take(out.core_free, "ov_core_free"));
  FOVEA_OK(library.take(out.read_model, "ov_core_read_model"));
  FOVEA_OK(library.take(out.model_free, "ov_model_free"));
  FOVEA_OK(library.take(out.compile, "ov_core_compile_model"));
  FOVEA_OK(library.take(out.compiled_free, "ov_compiled_model_free"));
  FOVEA_OK(library.take(out.count_inputs, "ov_compiled_model_inputs_size"));
  FOVEA_OK(library.take(out.count_outputs, "ov_compiled_model_outputs_size"));
  FOVEA_OK(library.take(out.input_at, "ov_compiled_model_input_by_index"));
  FOVEA_OK(library.take(out.output_at, "ov_compiled_model_output_by_index"));
  FOVEA_OK(library.take(out.port_free, "ov_output_const_port_free"));
  FOVEA_OK(library.take(out.port_name, "ov_port_get_any_name"));
  FOVEA_OK(library.take(out.port_shape, "ov_port_get_partial_shape"));
  FOVEA_OK(library.take(out.shape_free, "ov_partial_shape_free"));
  return library.take(out.port_type, "ov_port_get_element_type");
}

Result<void> take_run(const graph::SharedLibrary& library, OvCalls& out) {
  FOVEA_OK(library.take(out.request_create, "ov_compiled_model_create_infer_request"));
  FOVEA_OK(library.take(out.request_free, "ov_infer_request_free"));
  FOVEA_OK(library.take(out.set_input, "ov_infer_request_set_input_tensor_by_index"));
  FOVEA_OK(library.take(out.get_output, "ov_infer_request_get_output_tensor_by_index"));
  FOVEA_OK(library.take(out.infer, "ov_infer_request_infer"));
  FOVEA_OK(library.take(out.cancel, "ov_infer_request_cancel"));
  FOVEA_OK(library.take(out.tensor_create, "ov_tensor_create"));
  FOVEA_OK(library.take(out.tensor_over, "ov_tensor_create_from_host_ptr"));
  FOVEA_OK(library.take(out.tensor_free, "ov_tensor_free"));
  FOVEA_OK(library.take(out.tensor_shape, "ov_tensor_get_shape"));
  FOVEA_OK(library.take(out.tensor_shape_free, "ov_shape_free"));
  FOVEA_OK(library.take(out.tensor_type, "ov_tensor_get_element_type"));
  FOVEA_OK(library.take(out.tensor_bytes, "ov_tensor_get_byte_size"));
  return library.take(out.tensor_data, "ov_tensor_data");
}

// Whether each type's number names elements as wide as ours: in versions with other numbers some would differ.
bool numbers_fit(const OvCalls& calls) {
  for (const OvType& each : kOvTypes) {
    int64_t dims[] = {kProbe};
    OvTensor* tensor = nullptr;
    size_t bytes = 0;
    if (calls.tensor_create(each.number, {1, dims}, &tensor) != 0) return false;
    calls.tensor_bytes(tensor, &bytes);
    calls.tensor_free(tensor);
    if (bytes != kProbe * inference::datatype_bytes(each.ours)) return false;
  }
  return true;
}

}  // namespace

Result<std::shared_ptr<const OvLibrary>> OvLibrary::load() {
  FOVEA_TRY(const graph::SharedLibrary library, graph::SharedLibrary::open({"FOVEA_OPENVINO", kNames, kHint}));
  auto made = std::make_shared<OvLibrary>();
  made->path = library.path();
  FOVEA_OK(take_model(library, made->calls));
  FOVEA_OK(take_run(library, made->calls));
  OvVersion version{};
  if (made->calls.version(&version) == 0 && version.build) made->version = version.build;
  made->calls.version_free(&version);
  if (std::atoi(made->version.c_str()) < kOldestYear || !numbers_fit(made->calls))
    return fail(Code::kFailedPrecondition,
                fmt::format("is OpenVINO {}, {} or later is needed", made->version, kOldestYear), library.path(),
                kHint);
  return made;
}

Result<void> OvLibrary::check(int status) const {
  if (status == 0) return {};
  const char* said = calls.last_error();
  std::string message = said && *said ? said : calls.error_info(status);
  if (said) calls.free_text(said);
  const bool memory = message.find("bad_alloc") != std::string::npos;
  return fail(status == kOvCancelled ? Code::kCancelled
              : memory               ? Code::kResourceExhausted
                                     : Code::kInternal,
              "OpenVINO: " + std::move(message));
}

}  // namespace fovea::openvino
