// A model that costs nothing: reads a text as its bytes, answers with their count. What is left to measure is the
// server: `fovea serve --model null=null`.
#pragma once

#include <memory>
#include <string>

#include "serve/inference/backend.h"

namespace fovea::inference {

std::unique_ptr<Backend> make_null_backend(std::string name);

}  // namespace fovea::inference
