// Whether weights would fit into the memory that this process may still take, asked before they are read.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"

namespace fovea::inference {

int64_t weight_bytes(const std::string& folder);  // of its weight files, Dense modules' among them

// What the machine and the process's cgroup (v2) leave; INT64_MAX where neither says.
int64_t memory_left();

// Errors: kResourceExhausted.
Result<void> check_memory_left(int64_t bytes, const std::string& folder);

}  // namespace fovea::inference
