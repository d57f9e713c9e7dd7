// Numbers for the tests of kernels, and the names of the instruction sets in them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "engine/kernels/isa.h"
#include "engine/kernels/packed_linear.h"

namespace fovea::kernels {

// `count` values in [-1, 1).
inline std::vector<float> numbers(size_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.uniform() * 2 - 1);
  return values;
}

inline std::string isa_test_name(const ::testing::TestParamInfo<const IsaKernels*>& info) {
  std::string name = info.param->name;
  for (char& c : name)
    if (c == '-') c = '_';
  return name;
}

// A test that runs on every instruction set of the machine.
class OnEveryIsa : public ::testing::TestWithParam<const IsaKernels*> {
 protected:
  const IsaKernels& isa() const { return *GetParam(); }
};

}  // namespace fovea::kernels
