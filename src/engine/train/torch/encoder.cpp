#include "engine/train/torch/encoder.h"

#include "engine/train/torch/ragged_attention.h"

namespace fovea::train_torch {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

// Where each sequence's probabilities begin.
std::vector<int64_t> prob_offsets(const AttentionShape& shape, const int64_t* offsets, int64_t sequences) {
  std::vector<int64_t> out(static_cast<size_t>(sequences) + 1, 0);
  for (int64_t s = 0; s < sequences; ++s) out[s + 1] = out[s] + probs_size(shape, offsets[s + 1] - offsets[s]);
  return out;
}

struct RaggedAttention : torch::autograd::Function<RaggedAttention> {
  static Tensor forward(AutogradContext* ctx, const Tensor& qkv, const Tensor& offsets, int64_t heads, double drop,
                        int64_t seed) {
    int64_t sequences = offsets.numel() - 1, hidden = qkv.size(1) / 3;
    AttentionShape shape{heads, hidden, static_cast<float>(drop), static_cast<uint64_t>(seed)};
    const int64_t* at = offsets.data_ptr<int64_t>();
    std::vector<int64_t> places = prob_offsets(shape, at, sequences);
    Tensor probs = torch::empty({places.back()}), out = torch::empty({qkv.size(0), hidden});
    Tensor in = qkv.contiguous();
    float *p = probs.data_ptr<float>(), *o = out.data_ptr<float>();
    const float* x = in.data_ptr<float>();
    at::parallel_for(0, sequences, 1, [&](int64_t begin, int64_t end) {
      for (int64_t s = begin; s < end; ++s) {
        AttentionShape own = shape;
        own.seed += static_cast<uint64_t>(s) * 0xD1B54A32D192ED03u;
        attend(own, x + at[s] * 3 * hidden, at[s + 1] - at[s], p + places[s], o + at[s] * hidden);
      }
    });
    ctx->save_for_backward({in, probs, offsets});
    ctx->saved_data["heads"] = heads;
    ctx->saved_data["drop"] = drop;
    ctx->saved_data["seed"] = seed;
    return out;
  }

  static tensor_list backward(AutogradContext* ctx, tensor_list d_outs) {
    auto saved = ctx->get_saved_variables();
    const Tensor &qkv = saved[0], &probs = saved[1], &offsets = saved[2];
    int64_t sequences = offsets.numel() - 1, hidden = qkv.size(1) / 3;
    AttentionShape shape{ctx->saved_data["heads"].toInt(), hidden,
                         static_cast<float>(ctx->saved_data["drop"].toDouble()),
                         static_cast<uint64_t>(ctx->saved_data["seed"].toInt())};
    const int64_t* at = offsets.data_ptr<int64_t>();
    std::vector<int64_t> places = prob_offsets(shape, at, sequences);
    Tensor d_out = d_outs[0].contiguous(), d_qkv = torch::empty_like(qkv);
    const float *x = qkv.data_ptr<float>(), *p = probs.data_ptr<float>(), *d = d_out.data_ptr<float>();
    float* dx = d_qkv.data_ptr<float>();
    at::parallel_for(0, sequences, 1, [&](int64_t begin, int64_t end) {
      for (int64_t s = begin; s < end; ++s) {
        AttentionShape own = shape;
        own.seed += static_cast<uint64_t>(s) * 0xD1B54A32D192ED03u;
        attend_backward(own, x + at[s] * 3 * hidden, p + places[s], d + at[s] * hidden, at[s + 1] - at[s],
                        dx + at[s] * 3 * hidden);
      }
    });
    return {d_qkv, Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

// [rows, hidden] → [sequences, 2 * hidden]: the mean and the maximum over each sequence.
struct MeanMaxPool : torch::autograd::Function<MeanMaxPool> {
  static Tensor forward(AutogradContext* ctx, const Tensor& rows, const Tensor& offsets) {
    int64_t sequences = offsets.numel() - 1, hidden = rows.size(1);
    Tensor out = torch::zeros({sequences, 2 * hidden}), best = torch::zeros({sequences, hidden}, torch::kInt64);
    Tensor in = rows.contiguous();
    const int64_t* at = offsets.data_ptr<int64_t>();
    for (int64_t s = 0; s < sequences; ++s) {
      float* mean = out.data_ptr<float>() + s * 2 * hidden;
      float* largest = mean + hidden;
      int64_t* where = best.data_ptr<int64_t>() + s * hidden;
      for (int64_t r = at[s]; r < at[s + 1]; ++r) {
        const float* row = in.data_ptr<float>() + r * hidden;
        for (int64_t x = 0; x < hidden; ++x) {
          mean[x] += row[x];
          if (r == at[s] || row[x] > largest[x]) {
            largest[x] = row[x];
            where[x] = r;
          }
        }
      }
      for (int64_t x = 0; x < hidden; ++x) mean[x] /= static_cast<float>(std::max<int64_t>(1, at[s + 1] - at[s]));
    }
    ctx->save_for_backward({best, offsets});
    ctx->saved_data["rows"] = rows.size(0);
    return out;
  }

  static tensor_list backward(AutogradContext* ctx, tensor_list d_outs) {
    auto saved = ctx->get_saved_variables();
    const Tensor &best = saved[0], &offsets = saved[1];
    int64_t sequences = best.size(0), hidden = best.size(1);
    Tensor d_rows = torch::zeros({ctx->saved_data["rows"].toInt(), hidden}), d_out = d_outs[0].contiguous();
    const int64_t* at = offsets.data_ptr<int64_t>();
    float* d = d_rows.data_ptr<float>();
    for (int64_t s = 0; s < sequences; ++s) {
      const float* mean = d_out.data_ptr<float>() + s * 2 * hidden;
      const int64_t* where = best.data_ptr<int64_t>() + s * hidden;
      float inverse = 1.0f / static_cast<float>(std::max<int64_t>(1, at[s + 1] - at[s]));
      for (int64_t r = at[s]; r < at[s + 1]; ++r) {
        for (int64_t x = 0; x < hidden; ++x) d[r * hidden + x] += mean[x] * inverse;
      }
      for (int64_t x = 0; x < hidden; ++x) d[where[x] * hidden + x] += mean[hidden + x];
    }
    return {d_rows, Tensor()};
  }
};

// torch's own dropout draws its numbers one by one on one core: a third of a small model's step.
Tensor drop_out(const Tensor& x, double drop, bool training, uint64_t seed) {
  if (!training || drop <= 0) return x;
  Tensor mask = torch::empty(x.sizes());
  float* m = mask.data_ptr<float>();
  at::parallel_for(0, x.numel(), 1 << 14, [&](int64_t begin, int64_t end) {
    dropout_mask(static_cast<uint32_t>(seed >> 32), static_cast<float>(drop), begin, end - begin, m + begin);
  });
  return x * mask;
}

Tensor positions_of(const std::vector<int64_t>& offsets) {
  Tensor out = torch::empty({offsets.back()}, torch::kInt64);
  int64_t* p = out.data_ptr<int64_t>();
  for (size_t s = 0; s + 1 < offsets.size(); ++s) {
    for (int64_t r = offsets[s]; r < offsets[s + 1]; ++r) p[r] = r - offsets[s];
  }
  return out;
}

}  // namespace

size_t Encoder::add(std::string name, Tensor value, float rate_factor, bool decays) {
  value.set_requires_grad(true);
  size_t count = static_cast<size_t>(value.numel());
  parameters_.push_back(
      {std::move(name), value, rate_factor, decays, std::vector<float>(count), std::vector<float>(count)});
  return parameters_.size() - 1;
}

Encoder::Linear Encoder::linear(const std::string& name, int64_t in, int64_t out, float rate_factor) {
  // BERT's 0.02 for a model that will be overwritten or is wide; Glorot's for the small ones from scratch.
  double deviation = job_.base.empty() ? std::sqrt(2.0 / static_cast<double>(in + out)) : 0.02;
  Tensor weight = torch::randn({out, in}) * deviation;
  size_t w = add(name + ".weight", weight, rate_factor, true);
  return {w, add(name + ".bias", torch::zeros({out}), rate_factor, false)};
}

Encoder::Norm Encoder::norm(const std::string& name) {
  size_t w = add(name + ".weight", torch::ones({job_.hidden}), 1, false);
  return {w, add(name + ".bias", torch::zeros({job_.hidden}), 1, false)};
}

Encoder::Encoder(const Job& job) : job_(job) {
  int64_t h = job.hidden;
  positions_ = add("embeddings.position_embeddings.weight", torch::randn({job.positions, h}) * 0.02, 1, false);
  types_ = add("embeddings.token_type_embeddings.weight", torch::zeros({2, h}), 1, false);
  embedding_norm_ = norm("embeddings.LayerNorm");
  for (int64_t i = 0; i < job.layers; ++i) {
    std::string name = "encoder.layer." + std::to_string(i) + ".";
    Layer layer;
    layer.qkv = linear(name + "attention.self.qkv", h, 3 * h);  // split into query, key and value when written
    layer.out = linear(name + "attention.output.dense", h, h);
    layer.attention_norm = norm(name + "attention.output.LayerNorm");
    layer.widen = linear(name + "intermediate.dense", h, job.intermediate);
    layer.narrow = linear(name + "output.dense", job.intermediate, h);
    layer.output_norm = norm(name + "output.LayerNorm");
    layers_.push_back(layer);
  }
  float head = static_cast<float>(job.head_factor);
  if (job.pool == Pool::kFirstTanh) pooler_ = linear("pooler.dense", h, h);
  classifier_ = linear("classifier", job.pool == Pool::kMeanMax ? 2 * h : h, job.labels, head);
}

Tensor Encoder::apply(const Linear& l, const Tensor& x) const {
  return at::linear(x, parameters_[l.weight].value, parameters_[l.bias].value);
}

Tensor Encoder::apply(const Norm& n, const Tensor& x) const {
  return at::layer_norm(x, {job_.hidden}, parameters_[n.weight].value, parameters_[n.bias].value, job_.layer_norm_eps);
}

Tensor Encoder::run_layer(const Layer& layer, Tensor x, const Tensor& offsets, uint64_t seed, bool training) const {
  double drop = training ? job_.attention_dropout : 0.0;
  Tensor attended =
      RaggedAttention::apply(apply(layer.qkv, x), offsets, job_.heads, drop, static_cast<int64_t>(seed >> 1));
  x = apply(layer.attention_norm, x + drop_out(apply(layer.out, attended), job_.dropout, training, seed * 3));
  Tensor wide = at::gelu(apply(layer.widen, x));
  return apply(layer.output_norm, x + drop_out(apply(layer.narrow, wide), job_.dropout, training, seed * 5));
}

Tensor Encoder::forward(const Tensor& summed, const std::vector<int64_t>& offsets, const ForwardHow& how) {
  Tensor at = torch::tensor(offsets, torch::kInt64);
  Tensor x = summed + at::embedding(parameters_[positions_].value, positions_of(offsets)) +
             parameters_[types_].value.select(0, 0);
  x = drop_out(apply(embedding_norm_, x), job_.dropout, how.training, how.seed * 7);
  for (size_t i = 0; i < layers_.size(); ++i) {
    x = run_layer(layers_[i], x, at, how.seed + i * 0x9E3779B97F4A7C15u, how.training);
  }
  Tensor pooled;
  switch (job_.pool) {
    case Pool::kFirstTanh:
      pooled = at::tanh(apply(pooler_, x.index_select(0, at.slice(0, 0, at.numel() - 1))));
      break;
    case Pool::kMean:
      pooled = MeanMaxPool::apply(x, at).slice(1, 0, job_.hidden);
      break;
    case Pool::kMeanMax:
      pooled = MeanMaxPool::apply(x, at);
      break;
  }
  return apply(classifier_, drop_out(pooled, job_.dropout, how.training, how.seed * 11));
}

}  // namespace fovea::train_torch
