// The encoder with its head as libtorch computes and differentiates it: post-LayerNorm BERT layers over packed rows.
// Inference is engine/layers; the two agree to 1e-4 (tested). Only encoder.cpp and fit.cpp see libtorch.
// Shapes: rows [tokens, hidden] of all sequences, one after another; sequence s is rows [offsets[s], offsets[s + 1]).
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "engine/train/torch/job.h"

namespace fovea::train_torch {

struct Parameter {
  std::string name;  // as in model.safetensors
  torch::Tensor value;
  float rate_factor = 1;
  bool decays = true;               // biases and norms do not
  std::vector<float> mean, square;  // of AdamW
};

struct ForwardHow {
  bool training = false;
  uint64_t seed = 0;  // of attention dropout
};

class Encoder {
 public:
  explicit Encoder(const Job& job);  // fresh weights from torch's generator

  // `summed` [tokens, hidden]: the feature table's rows. Gives logits [sequences, labels].
  torch::Tensor forward(const torch::Tensor& summed, const std::vector<int64_t>& offsets, const ForwardHow& how);

  std::vector<Parameter>& parameters() { return parameters_; }

 private:
  struct Linear {
    size_t weight, bias;
  };
  struct Norm {
    size_t weight, bias;
  };
  struct Layer {
    Linear qkv, out, widen, narrow;
    Norm attention_norm, output_norm;
  };
  size_t add(std::string name, torch::Tensor value, float rate_factor, bool decays);
  Linear linear(const std::string& name, int64_t in, int64_t out, float rate_factor = 1);
  Norm norm(const std::string& name);
  torch::Tensor apply(const Linear& l, const torch::Tensor& x) const;
  torch::Tensor apply(const Norm& n, const torch::Tensor& x) const;
  torch::Tensor run_layer(const Layer& layer, torch::Tensor x, const torch::Tensor& offsets, uint64_t seed,
                          bool training) const;

  const Job& job_;
  std::vector<Parameter> parameters_;
  size_t positions_ = 0, types_ = 0;
  Norm embedding_norm_{};
  std::vector<Layer> layers_;
  Linear pooler_{}, classifier_{};
};

}  // namespace fovea::train_torch
