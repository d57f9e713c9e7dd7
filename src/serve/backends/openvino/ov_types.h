// OpenVINO's numbers for element types (ov_element_type_e since 2025) beside KServe v2's datatypes.
#pragma once

#include <array>

#include "serve/inference/tensor.h"

namespace fovea::openvino {

struct OvType {
  int number;
  inference::Datatype ours;
};

constexpr std::array<OvType, 13> kOvTypes = {{{1, inference::Datatype::kBool},
                                              {2, inference::Datatype::kBf16},
                                              {3, inference::Datatype::kFp16},
                                              {4, inference::Datatype::kFp32},
                                              {5, inference::Datatype::kFp64},
                                              {7, inference::Datatype::kInt8},
                                              {8, inference::Datatype::kInt16},
                                              {9, inference::Datatype::kInt32},
                                              {10, inference::Datatype::kInt64},
                                              {16, inference::Datatype::kUint8},
                                              {17, inference::Datatype::kUint16},
                                              {18, inference::Datatype::kUint32},
                                              {19, inference::Datatype::kUint64}}};

}  // namespace fovea::openvino
