// A tensor of the KServe v2 protocol: a name, a datatype, a shape, and its elements row by row.
// Of models of texts only some datatypes have elements: BYTES in and out, whole numbers in and out, FP32 out. A model
// of tensors takes and gives all datatypes, as the bytes that they are.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "serve/inference/tensor.h"

namespace fovea::wire {

using inference::Datatype;
using inference::datatype_bytes;
using inference::datatype_name;
using inference::datatype_of;
using inference::elements_of;
using inference::is_whole_number;
using inference::shape_text;

// Elements as inference::Tensor has them.
struct Raw {
  std::string bytes;
};

struct Tensor {
  std::string name;
  Datatype datatype = Datatype::kBytes;
  std::vector<int64_t> shape;
  // kBytes: texts; whole numbers of any width: int64; kFp32: floats; of a model of tensors: Raw.
  std::variant<std::vector<std::string>, std::vector<int64_t>, std::vector<float>, Raw> values;
};

}  // namespace fovea::wire
