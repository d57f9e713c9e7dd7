#include "door/wire/tensor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "door/wire/limits.h"

namespace fovea::wire {
namespace {

struct Row {
  std::string_view name;
  size_t bytes;
};

// In the order of Datatype.
constexpr std::array<Row, 14> kRows = {{{"BOOL", 1},
                                        {"UINT8", 1},
                                        {"UINT16", 2},
                                        {"UINT32", 4},
                                        {"UINT64", 8},
                                        {"INT8", 1},
                                        {"INT16", 2},
                                        {"INT32", 4},
                                        {"INT64", 8},
                                        {"FP16", 2},
                                        {"BF16", 2},
                                        {"FP32", 4},
                                        {"FP64", 8},
                                        {"BYTES", 0}}};

}  // namespace

Result<Datatype> datatype_of(std::string_view name) {
  for (size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].name == name) return static_cast<Datatype>(i);
  }
  return fail(Code::kInvalidArgument, fmt::format("'{}' is no datatype", name.substr(0, 20)), "datatype",
              "BYTES, INT64, INT32, FP32, ...");
}

std::string_view datatype_name(Datatype datatype) {
  return kRows[static_cast<size_t>(datatype)].name;
}

size_t bytes_of(Datatype datatype) {
  return kRows[static_cast<size_t>(datatype)].bytes;
}

bool is_whole_number(Datatype datatype) {
  return datatype >= Datatype::kUint8 && datatype <= Datatype::kInt64;
}

Result<size_t> elements_of(std::span<const int64_t> shape, std::string_view name) {
  if (shape.size() > kDimensionsMax) {
    return fail(Code::kInvalidArgument, fmt::format("the shape has {} dimensions", shape.size()), std::string(name),
                fmt::format("at most {}", kDimensionsMax));
  }
  size_t elements = 1;
  for (const int64_t each : shape) {
    size_t next = 0;
    if (each < 0) {
      return fail(Code::kInvalidArgument, fmt::format("the shape {} has a negative dimension", shape_text(shape)),
                  std::string(name));
    }
    if (__builtin_mul_overflow(elements, static_cast<size_t>(each), &next) || next > kElementsMax) {
      return fail(Code::kInvalidArgument, fmt::format("the shape {} has too many elements", shape_text(shape)),
                  std::string(name), fmt::format("at most {}", kElementsMax));
    }
    elements = next;
  }
  return elements;
}

std::string shape_text(std::span<const int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ","));
}

}  // namespace fovea::wire
