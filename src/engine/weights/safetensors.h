// A safetensors file, memory-mapped: named tensors, every field of the header checked against the file.
// Format: 8 bytes little-endian N, N bytes of JSON {name: {dtype, shape, data_offsets}}, then the values
// (huggingface/safetensors, README "Format").
// Ownership: values that need no conversion stay in the mapping, which the tensors keep alive.
// Threads: any, after open().
// Errors: kInvalidArgument for a malformed file, kNotFound for a missing tensor, kUnimplemented for a dtype that cannot
// become fp32; `where` is "FILE: TENSOR". Files are replaced by rename, never shortened in place (storage.h).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "engine/tensor/row_table.h"
#include "engine/tensor/tensor.h"

namespace fovea::weights {

struct TensorEntry {
  std::optional<tensor::Element> element;  // where it can become fp32
  std::string dtype;                       // as the file has it
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0;  // bytes, from the start of the file
};

class SafeTensors {
 public:
  // The file's pages are given back: most of it was read once, to be packed. Tensors that are still used come back row
  // by row.
  ~SafeTensors();
  SafeTensors(SafeTensors&&) = default;
  SafeTensors& operator=(SafeTensors&&) = default;

  static Result<SafeTensors> open(const std::string& path);
  // For bytes that are already in memory; `name` stands for the path in errors.
  static Result<SafeTensors> parse(std::shared_ptr<const tensor::Storage> storage, std::string name);

  bool has(std::string_view name) const { return entries_.find(name) != entries_.end(); }
  const std::map<std::string, TensorEntry, std::less<>>& entries() const { return entries_; }
  const std::string& path() const { return path_; }

  // The values as fp32: F32 as they are, F16 and BF16 widened. Refuses NaN and infinity.
  Result<tensor::Tensor> load(std::string_view name) const;
  // The same, and the shape must be this one; a vector of n also fits {1, n}.
  Result<tensor::Tensor> load(std::string_view name, const std::vector<int64_t>& shape) const;
  // A matrix that stays in the mapping whatever its dtype, widened row by row. Refuses NaN and infinity.
  Result<tensor::RowTable> load_rows(std::string_view name, int64_t rows, int64_t cols) const;

 private:
  SafeTensors() = default;
  Result<void> read_entry(std::string_view name, const Json& fields, uint64_t data_begin);
  Result<void> check_layout(uint64_t data_begin) const;
  Result<const TensorEntry*> find(std::string_view name) const;  // whose dtype can become fp32
  Result<void> check_shape(std::string_view name, const TensorEntry& entry, const std::vector<int64_t>& shape) const;
  Result<void> check_finite(std::string_view name, const TensorEntry& entry) const;

  std::shared_ptr<const tensor::Storage> storage_;
  std::string path_;
  std::map<std::string, TensorEntry, std::less<>> entries_;
};

std::string shape_text(const std::vector<int64_t>& shape);  // "[30522, 384]"

}  // namespace fovea::weights
