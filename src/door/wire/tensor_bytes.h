// Elements of a tensor in the binary tensor data extension of KServe v2: little-endian, row by row; an element of BYTES
// is its length (4 bytes) and its bytes.
// Errors: kInvalidArgument, `where` is the tensor's name.
#pragma once

#include <string>
#include <string_view>

#include "door/wire/tensor.h"

namespace fovea::wire {

// `tensor` has its name, datatype (BYTES or whole numbers) and shape, of `elements` elements; gets its values.
Result<void> read_elements(std::string_view bytes, size_t elements, Tensor& tensor);
// The same of a tensor for a model of tensors: of any datatype, and it keeps the bytes.
Result<void> read_raw(std::string_view bytes, Tensor& tensor);
void append_elements(const Tensor& tensor, std::string& out);
size_t element_bytes(const Tensor& tensor);  // what append_elements() will add

}  // namespace fovea::wire
