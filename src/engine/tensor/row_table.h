// A matrix of which few rows are read at a time (a vocabulary's embeddings), as the file has it: fp32, fp16 or bf16 on
// shared storage, at any alignment, widened row by row. A mapped file so costs the pages that are looked at.
// Ownership: keeps the storage alive. Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/tensor/storage.h"

namespace fovea::tensor {

enum class Element { kF32, kF16, kBF16 };

constexpr size_t element_bytes(Element element) {
  return element == Element::kF32 ? 4 : 2;
}

class RowTable {
 public:
  RowTable() = default;
  // REQUIRES: `values` lies inside `storage`, holds rows * cols elements, none of them NaN or infinity.
  RowTable(std::shared_ptr<const Storage> storage, const std::byte* values, Element element, int64_t rows, int64_t cols)
      : storage_(std::move(storage)), values_(values), element_(element), rows_(rows), cols_(cols) {}

  int64_t rows() const { return rows_; }
  int64_t cols() const { return cols_; }
  // The same table, each value rounded to bf16 as it is read.
  RowTable as_bf16() const;
  // The rows as they lie there, or rounded: rows * cols elements of element().
  Element element() const { return rounded_ ? Element::kBF16 : element_; }
  std::vector<std::byte> bytes() const;
  // Replaces out [cols]. REQUIRES: 0 <= row < rows().
  void read(int64_t row, std::span<float> out) const;

 private:
  std::shared_ptr<const Storage> storage_;
  const std::byte* values_ = nullptr;  // [rows, cols]
  Element element_ = Element::kF32;
  int64_t rows_ = 0, cols_ = 0;
  bool rounded_ = false;
};

// count elements at `from`, widened. REQUIRES: no NaN, no infinity.
void widen(Element element, const std::byte* from, int64_t count, float* to);

}  // namespace fovea::tensor
