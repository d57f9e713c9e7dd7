// Elements of a model of tensors: any datatype, between JSON and the bytes of inference::Tensor. FP16 and BF16 have no
// form in JSON (as in Triton). Errors: kInvalidArgument, `where` is the tensor's name.
#pragma once

#include <string>

#include "base/json.h"
#include "door/wire/tensor.h"

namespace fovea::wire {

// `tensor` has its name, datatype and shape, of `elements` elements; gets its values, Raw. Nested data must have the
// shape's form. A number must be one of the datatype's.
Result<void> read_raw_json(const Json& data, size_t elements, Tensor& tensor);

// A flat array of what is Raw and checked. kInvalidArgument: a number that is not finite, a text that
// is not UTF-8, FP16, BF16: JSON can't say it.
Result<void> append_raw_json(const Tensor& tensor, std::string& out);

}  // namespace fovea::wire
