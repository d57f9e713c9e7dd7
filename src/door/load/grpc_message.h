// The bytes of a KServe v2 request over gRPC, and whether those of an answer are one.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "door/load/payload.h"

namespace fovea::load {

// A ModelInferRequest with one text.
std::string grpc_request(const RequestForm& form, const std::string& text);
// Errors: kInternal, what is wrong with the ModelInferResponse.
Result<void> check_grpc_answer(std::string_view bytes);

}  // namespace fovea::load
