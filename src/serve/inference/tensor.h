// Named tensors with the datatypes of KServe v2, for models that are not about texts. Elements are bytes in the form of
// the v2 binary extension: little-endian, row by row; BOOL a byte, an element of BYTES its length (4 bytes) and itself.
// Journey: doors read them, a Call carries them, a Backend reads and writes them.
// Errors: kInvalidArgument; `where` is the tensor's name.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fovea::inference {

enum class Datatype : uint8_t {
  kBool,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kFp16,
  kBf16,
  kFp32,
  kFp64,
  kBytes
};

Result<Datatype> datatype_of(std::string_view name);  // "INT64"
std::string_view datatype_name(Datatype datatype);
size_t datatype_bytes(Datatype datatype);  // of an element; 0: kBytes
bool is_whole_number(Datatype datatype);

struct Tensor {
  std::string name;
  Datatype datatype = Datatype::kFp32;
  std::vector<int64_t> shape;
  std::string bytes;
};

// What a model says of a tensor that it takes or gives.
struct TensorSpec {
  std::string name;
  Datatype datatype = Datatype::kFp32;
  std::vector<int64_t> shape;  // -1: any
  bool optional = false;
};

// How many elements a shape has. Errors: a negative dimension, more than kDimensionsMax of them, or a product beyond
// kElementsMax.
Result<size_t> elements_of(std::span<const int64_t> shape, std::string_view name);

std::string shape_text(std::span<const int64_t> shape);  // "[2,-1]"

// Whether the bytes are those of as many elements as the shape has.
Result<void> check_elements(const Tensor& tensor);
// Whether a model that says `spec` can take it: datatype, and each dimension that is not -1.
Result<void> check_fits(const Tensor& tensor, const TensorSpec& spec);
// Whether all of `specs` but optional ones are there, nothing else, none twice, and each fits. `model` names it.
Result<void> check_feed(std::span<const Tensor> tensors, std::span<const TensorSpec> specs, std::string_view model);

// Elements of BYTES. `at` moves behind the element that it stands at. REQUIRES of next_element: check_elements().
void append_element(std::string_view element, std::string& bytes);
std::string_view next_element(std::string_view bytes, size_t& at);

}  // namespace fovea::inference
