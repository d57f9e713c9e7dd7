// Whether a body is an answer of its protocol: the shape that one text gets, and finite numbers.
// Errors: kInternal, what is wrong with it. Cost: parses the whole body.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/error.h"
#include "door/load/payload.h"

namespace fovea::load {

// `json_bytes`: what the answer's Inference-Header-Content-Length says; 0: the body is JSON alone.
Result<void> check_answer(Protocol protocol, bool binary, std::string_view body, size_t json_bytes);

}  // namespace fovea::load
