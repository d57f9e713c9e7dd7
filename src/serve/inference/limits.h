// Limits of one call and of names.
#pragma once

#include <chrono>
#include <cstddef>

namespace fovea::inference {

constexpr size_t kModelNameBytesMax = 128;
constexpr size_t kInputsMax = 2048;  // of one call
constexpr std::chrono::seconds kRunMax{120};  // that RemoteBackend::run() waits

}  // namespace fovea::inference
