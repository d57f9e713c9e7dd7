#include "engine/layers/logit_head.h"

namespace fovea::layers {

Result<kernels::PackedLinear> find_linear(const FindTensor& find, const std::string& name, int64_t out, int64_t in,
                                          bool bias) {
  FOVEA_TRY(const tensor::Tensor weight, find(name + ".weight", {out, in}));
  const kernels::LinearOptions options{.portable = true};
  if (!bias) return kernels::PackedLinear(weight.matrix(), {}, options);
  FOVEA_TRY(const tensor::Tensor found, find(name + ".bias", {out}));
  return kernels::PackedLinear(weight.matrix(), found.values(), options);
}

Result<LogitHead> LogitHead::create(const LogitHeadShape& shape, const FindTensor& find) {
  LogitHead made;
  made.shape_ = shape;
  if (!shape.dense.empty()) {
    FOVEA_TRY(made.dense_, find_linear(find, shape.dense, shape.hidden, shape.hidden, shape.dense_bias));
  }
  if (!shape.norm.empty()) {
    FOVEA_TRY(made.norm_, LayerNorm::create(find, shape.norm, shape.hidden, shape.norm_eps, shape.norm_bias));
  }
  FOVEA_TRY(made.classifier_, find_linear(find, shape.classifier, shape.labels, shape.hidden, true));
  return made;
}

void LogitHead::run(const kernels::IsaKernels& isa, tensor::ConstMatrix rows, tensor::Matrix out,
                    tensor::Arena& arena) const {
  if (shape_.dense.empty()) {
    classifier_.run(isa, rows, out, arena);
    return;
  }
  const tensor::Arena::Scope scope(arena);
  const tensor::Matrix middle = arena.matrix(rows.rows, shape_.hidden);
  dense_.run(isa, rows, middle, arena);
  activate(shape_.activation, middle);
  if (!shape_.norm.empty()) norm_.run(isa, middle);
  classifier_.run(isa, middle, out, arena);
}

}  // namespace fovea::layers
