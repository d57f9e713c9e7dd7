// Where the layers of a model get their weights from: a folder's tensors, packed on the way, or a packed file, mapped
// as it is. Layers ask by name and shape; names are BERT's, without a prefix, from
// "layer.0.attention.self.query.weight" [hidden, hidden] to "layer.N.output.LayerNorm.bias" [hidden]; linear weights
// are [out, in] as torch keeps them. Ownership: what is given keeps its storage alive; the source need not outlive it.
// Threads: from one at a time. Errors: kNotFound, kInvalidArgument (another shape, NaN) and those of the source's
// files; `where` names the tensor.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/kernels/packed_linear.h"
#include "engine/tensor/row_table.h"
#include "engine/tensor/tensor.h"

namespace fovea::layers {

// A linear layer of the tensors "NAME.weight" [out, in] and, where there is a bias, "NAME.bias" [out]. With parts, of
// as many equally high tensors "NAME.PART.weight", one above another: x is read once for query, key and value.
struct LinearRequest {
  std::string name;
  int64_t out = 0, in = 0;  // of the whole
  bool bias = true;
  kernels::LinearOptions options = {};
  std::vector<std::string_view> parts = {};

  std::string key() const;  // "layer.0.output.dense", "layer.0.attention.self.query+key+value"
};

class WeightSource {
 public:
  virtual ~WeightSource() = default;
  // fp32, with exactly that shape, neither NaN nor infinity.
  virtual Result<tensor::Tensor> tensor(const std::string& name, const std::vector<int64_t>& shape) const = 0;
  // A matrix whose rows are read one by one. Here: that tensor.
  virtual Result<tensor::RowTable> rows(const std::string& name, int64_t rows, int64_t cols) const;
  // Here: packed from tensors.
  virtual Result<kernels::PackedLinear> linear(const LinearRequest& request) const;
};

// A portable linear layer (packed_linear.h: int8 logits are the same on every instruction set).
Result<kernels::PackedLinear> portable_linear(const WeightSource& weights, const std::string& name, int64_t out,
                                              int64_t in, bool bias);

}  // namespace fovea::layers
