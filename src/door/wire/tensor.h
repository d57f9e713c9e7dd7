// A tensor of the KServe v2 protocol: a name, a datatype, a shape, and its elements row by row.
// Only the datatypes of our models have elements here: BYTES in and out, whole numbers in and out, FP32 out.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"

namespace fovea::wire {

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
size_t bytes_of(Datatype datatype);  // of an element; 0: kBytes
bool is_whole_number(Datatype datatype);

struct Tensor {
  std::string name;
  Datatype datatype = Datatype::kBytes;
  std::vector<int64_t> shape;
  // kBytes: texts; whole numbers of any width: int64; kFp32: floats.
  std::variant<std::vector<std::string>, std::vector<int64_t>, std::vector<float>> values;
};

// How many elements a shape has. Errors: kInvalidArgument for a negative dimension, more than kDimensionsMax of them,
// or a product beyond kElementsMax; `where` is `name`.
Result<size_t> elements_of(std::span<const int64_t> shape, std::string_view name);

std::string shape_text(std::span<const int64_t> shape);  // "[2,-1]"

}  // namespace fovea::wire
