// The operator vectors of ONNX (onnx/backend/test/data/node): a node, its inputs and the outputs that it should give.
// One line of JSON each, tensors as base64 of little-endian bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace fovea::onnx {

struct Tensor {
  std::string name, type;  // "FLOAT", "FLOAT16", "BFLOAT16", "INT64", "BOOL", ...
  std::vector<int64_t> shape;
  std::string bytes;

  int64_t rank() const { return static_cast<int64_t>(shape.size()); }
  int64_t extent(int64_t axis) const { return shape[static_cast<size_t>(axis < 0 ? axis + rank() : axis)]; }
  int64_t product(int64_t begin, int64_t end) const;  // of the extents of axes [begin, end)
  int64_t count() const { return product(0, rank()); }
  bool is_float() const { return type == "FLOAT" || type == "FLOAT16" || type == "BFLOAT16"; }
  // Widened. REQUIRES: is_float().
  std::vector<float> floats() const;
  // REQUIRES: INT64 or BOOL.
  std::vector<int64_t> integers() const;
  std::vector<uint16_t> halves() const;  // the bits. REQUIRES: FLOAT16 or BFLOAT16
};

struct Vector {
  std::string name, op;
  Json attributes;
  std::vector<std::string> input_names, output_names;  // of the node, "" where one is left out
  std::vector<Tensor> inputs, outputs;

  const Tensor* input(size_t index) const;  // of the node; null: left out
  const Tensor& output(size_t index) const;
  // An integer attribute, or a float one.
  double attribute(std::string_view name, double otherwise) const;
  std::string_view word(std::string_view name, std::string_view otherwise) const;
};

// Errors: kNotFound where there is no file or no gzip; kInvalidArgument, with the line.
Result<std::vector<Vector>> read_vectors(const std::string& gz_path);

}  // namespace fovea::onnx
