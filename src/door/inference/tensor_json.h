// Elements of a tensor in JSON: "data" in, nested or flat, and the text of outputs.
// Errors: kInvalidArgument, `where` is the tensor's name.
#pragma once

#include <string>

#include "base/json.h"
#include "door/wire/tensor.h"

namespace fovea::wire {

// `tensor` has its name, datatype (BYTES or whole numbers) and shape, of `elements` elements; gets its values. Nested
// data must have the shape's form.
Result<void> read_json_elements(const Json& data, size_t elements, Tensor& tensor);

// `"data":[...]` without its name: a flat array. kInternal where a number is not finite.
Result<void> append_json_elements(const Tensor& tensor, std::string& out);

// Shortest text that reads back as the same float; REQUIRES: it is finite.
void append_number(float value, std::string& out);
bool all_finite(std::span<const float> values);
void append_numbers(std::span<const float> values, std::string& out);  // [0.5,1.0]

}  // namespace fovea::wire
