// Elements between v2's typed contents and the bytes of the binary tensor extension. For .cpp files only: sees
// protobuf. Errors: kInvalidArgument, `where` is the tensor's name.
#pragma once

#include <string>
#include <string_view>

#include "door/wire/tensor.h"
#include "serve/wire_grpc/v2_messages.h"

namespace fovea::rpc {

bool has_no_list(wire::Datatype datatype);  // FP16 and BF16 go raw only

size_t elements_in(const ::inference::InferTensorContents& contents);  // of all lists
// As many elements as the shape has, all in the list of the tensor's datatype.
Result<std::string> bytes_of_contents(const ::inference::InferTensorContents& from, size_t elements,
                                      const wire::Tensor& tensor);
// REQUIRES: the datatype has a list, and the bytes are whole elements.
void contents_of_bytes(std::string_view bytes, wire::Datatype datatype, ::inference::InferTensorContents& out);

}  // namespace fovea::rpc
