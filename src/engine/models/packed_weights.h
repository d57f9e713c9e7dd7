// The weights of a packed model file as the layers ask for them: nothing is copied, nothing computed; and the reverse,
// a source that keeps what was asked for, from which such a file is written.
// Journey: PackedWeights between PackedFile and a model's layers; RecordedWeights in `fovea models import`.
// Names in the file: what is asked for, behind "encoder.", "head." or "step.N." (the Dense modules of
// sentence-transformers).
// Ownership: what is given keeps the mapping alive. Borrows `asked` and `record`.
// Errors: of PackedWeights kDataLoss with "FILE: ENTRY", where an entry is not what the model asks for or holds NaN.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "base/error.h"
#include "engine/layers/weight_source.h"
#include "engine/weights/packed_file.h"
#include "engine/weights/packed_writer.h"

namespace fovea::models {

weights::PackedElement packed_element(kernels::Precision precision);
kernels::Precision precision_of(weights::PackedElement element);  // REQUIRES: not kF16

class PackedWeights final : public layers::WeightSource {
 public:
  // `asked` gets the names of all entries that were given.
  PackedWeights(std::shared_ptr<const weights::PackedFile> file, std::string prefix, std::set<std::string>& asked)
      : file_(std::move(file)), prefix_(std::move(prefix)), asked_(asked) {}

  Result<tensor::Tensor> tensor(const std::string& name, const std::vector<int64_t>& shape) const override;
  Result<tensor::RowTable> rows(const std::string& name, int64_t rows, int64_t cols) const override;
  Result<kernels::PackedLinear> linear(const layers::LinearRequest& request) const override;

 private:
  Result<const weights::PackedEntry*> find(const std::string& name, const weights::PackedEntry& want) const;

  std::shared_ptr<const weights::PackedFile> file_;
  std::string prefix_;
  std::set<std::string>& asked_;
};

class RecordedWeights final : public layers::WeightSource {
 public:
  RecordedWeights(std::unique_ptr<layers::WeightSource> from, std::string prefix, weights::PackedWriter& record)
      : from_(std::move(from)), prefix_(std::move(prefix)), record_(record) {}

  Result<tensor::Tensor> tensor(const std::string& name, const std::vector<int64_t>& shape) const override;
  Result<tensor::RowTable> rows(const std::string& name, int64_t rows, int64_t cols) const override;
  Result<kernels::PackedLinear> linear(const layers::LinearRequest& request) const override;

 private:
  std::unique_ptr<layers::WeightSource> from_;
  std::string prefix_;
  weights::PackedWriter& record_;
};

}  // namespace fovea::models
