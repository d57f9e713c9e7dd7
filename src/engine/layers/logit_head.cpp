#include "engine/layers/logit_head.h"

namespace fovea::layers {

Result<LogitHead> LogitHead::create(const LogitHeadShape& shape, const WeightSource& weights) {
  LogitHead made;
  made.shape_ = shape;
  if (!shape.dense.empty()) {
    FOVEA_TRY(made.dense_, portable_linear(weights, shape.dense, shape.hidden, shape.hidden, shape.dense_bias));
  }
  if (!shape.norm.empty()) {
    FOVEA_TRY(made.norm_, LayerNorm::create(weights, shape.norm, shape.hidden, shape.norm_eps, shape.norm_bias));
  }
  FOVEA_TRY(made.classifier_, portable_linear(weights, shape.classifier, shape.labels, shape.hidden, true));
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
