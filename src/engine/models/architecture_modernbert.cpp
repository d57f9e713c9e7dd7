// ModernBERT (Warner et al. 2024): pre-norm, GeGLU, rotary positions, and layers that see all tokens among layers that
// see a window.
#include <fmt/format.h>

#include "engine/layers/limits.h"
#include "engine/models/architecture.h"
#include "engine/models/bert_fields.h"
#include "engine/models/limits.h"

namespace fovea::models {
namespace {

constexpr double kThetaMax = 1e12;

// transformers 5 writes rope_parameters: {"full_attention": {"rope_theta": ..}, ..}; before, global_rope_theta and
// local_rope_theta. Scaled kinds (yarn, linear) turn the angles otherwise.
Result<double> read_theta(const weights::ConfigFile& file, std::string_view layer_type, std::string_view old_field,
                          double fallback) {
  if (file.has("rope_scaling"))
    return fail(Code::kUnimplemented, "scaled rotary positions are not supported", file.where("rope_scaling"));
  const Json& all = member(file.root(), "rope_parameters");
  if (!member(all, "rope_theta").is_null() || !member(all, "rope_type").is_null())
    return fail(Code::kUnimplemented, "must name full_attention and sliding_attention", file.where("rope_parameters"));
  const Json& parameters = member(all, layer_type);
  const std::string where = file.where(fmt::format("rope_parameters.{}", layer_type));
  if (const auto kind = text_or(member(parameters, "rope_type"), "default"); kind != "default")
    return fail(Code::kUnimplemented, fmt::format("rope_type '{}' is not supported", kind), where,
                "supported: default");
  if (member(parameters, "rope_theta").is_null()) return file.number_or(old_field, fallback, 1.0, kThetaMax);
  const double theta = number_or(member(parameters, "rope_theta"), 0);
  if (!(theta >= 1.0 && theta <= kThetaMax))
    return fail(Code::kInvalidArgument, "rope_theta must be a number of at least 1", where);
  return theta;
}

// layer_types names each layer's kind; before it, every global_attn_every_n_layers-th layer saw all.
Result<std::vector<layers::LayerAttention>> read_attention(const weights::ConfigFile& file, int64_t layers) {
  FOVEA_TRY(const double global, read_theta(file, "full_attention", "global_rope_theta", 160'000.0));
  FOVEA_TRY(const double local, read_theta(file, "sliding_attention", "local_rope_theta", 10'000.0));
  FOVEA_TRY(const int64_t window, file.integer_or("local_attention", 128, 2, kPositionsMax));
  FOVEA_TRY(const int64_t every, file.integer_or("global_attn_every_n_layers", 3, 1, layers::kLayersMax));
  const Json& types = member(file.root(), "layer_types");
  if (!types.is_null() && (!types.is_array() || static_cast<int64_t>(types.get_array().size()) != layers))
    return fail(Code::kInvalidArgument, fmt::format("must be a list of {} layers", layers), file.where("layer_types"));
  std::vector<layers::LayerAttention> attention;
  for (int64_t l = 0; l < layers; ++l) {
    const std::string_view type = types.is_array() ? text_or(types.get_array()[static_cast<size_t>(l)], "")
                                  : l % every == 0 ? "full_attention"
                                                   : "sliding_attention";
    if (type != "full_attention" && type != "sliding_attention")
      return fail(Code::kUnimplemented, fmt::format("'{}' is not supported", type), file.where("layer_types"),
                  "supported: full_attention, sliding_attention");
    const bool all = type == "full_attention";
    attention.push_back({.window = all ? 0 : window / 2, .rope_theta = all ? global : local});
  }
  return attention;
}

Result<layers::RowActivation> read_head_activation(const weights::ConfigFile& file) {
  FOVEA_TRY(const layers::Activation activation, read_activation(file, "classifier_activation"));
  switch (activation) {
    case layers::Activation::kGelu:
      return layers::RowActivation::kGelu;
    case layers::Activation::kGeluTanh:
      return layers::RowActivation::kGeluTanh;
    case layers::Activation::kRelu:
      return layers::RowActivation::kRelu;
    case layers::Activation::kSilu:
      return layers::RowActivation::kSilu;
  }
  return layers::RowActivation::kNone;
}

Result<void> read_head(const weights::ConfigFile& file, EncoderConfig& config) {
  if (config.output == Output::kEmbedding) return {};
  FOVEA_TRY(config.head_pooling, read_head_pooling(file));
  config.head.dense = "head.dense";
  config.head.norm = "head.norm";
  config.head.norm_bias = config.encoder.norm_bias;
  config.head.norm_eps = config.encoder.layer_norm_eps;
  FOVEA_TRY(config.head.dense_bias, file.boolean_or("classifier_bias", false));
  FOVEA_TRY(config.head.activation, read_head_activation(file));
  return {};
}

TensorNames names(bool attention_bias, bool mlp_bias) {
  TensorNames made{.prefix = "model.",
                   .layer = "layers.",
                   .parts = {{"embeddings.word_embeddings", "embeddings.tok_embeddings"},
                             {"embeddings.LayerNorm", "embeddings.norm"},
                             {"attention.self.query", "attn.Wqkv", 0, 3},
                             {"attention.self.key", "attn.Wqkv", 1, 3},
                             {"attention.self.value", "attn.Wqkv", 2, 3},
                             {"attention.output.dense", "attn.Wo"},
                             {"attention.output.LayerNorm", "attn_norm"},
                             {"intermediate.dense", "mlp.Wi"},
                             {"output.dense", "mlp.Wo"},
                             {"output.LayerNorm", "mlp_norm"}}};
  // The stack has biases everywhere or nowhere.
  if (mlp_bias && !attention_bias)
    for (std::string_view part : {"attention.self.query.bias", "attention.self.key.bias", "attention.self.value.bias",
                                  "attention.output.dense.bias"})
      made.parts.push_back({part, ""});
  if (attention_bias && !mlp_bias)
    for (std::string_view part : {"intermediate.dense.bias", "output.dense.bias"}) made.parts.push_back({part, ""});
  return made;
}

}  // namespace

Result<void> read_modernbert(const weights::ConfigFile& file, EncoderConfig& config) {
  layers::EncoderShape& encoder = config.encoder;
  FOVEA_TRY(encoder.layers, file.integer("num_hidden_layers", 1, layers::kLayersMax));
  FOVEA_TRY(encoder.hidden, file.integer("hidden_size", 1, layers::kHiddenMax));
  FOVEA_TRY(encoder.heads, file.integer("num_attention_heads", 1, layers::kHeadsMax));
  FOVEA_TRY(encoder.intermediate, file.integer("intermediate_size", 1, layers::kIntermediateMax));
  FOVEA_TRY(encoder.activation, read_activation(file, "hidden_activation"));
  FOVEA_TRY(const double eps, file.number_or("norm_eps", 1e-5, 0.0, 1.0));
  FOVEA_TRY(encoder.norm_bias, file.boolean_or("norm_bias", false));
  FOVEA_TRY(const bool attention_bias, file.boolean_or("attention_bias", false));
  FOVEA_TRY(const bool mlp_bias, file.boolean_or("mlp_bias", false));
  FOVEA_TRY(encoder.attention, read_attention(file, encoder.layers));
  FOVEA_TRY(config.tokens_max, file.integer_or("max_position_embeddings", 8192, 1, kPositionsMax));
  encoder.layer_norm_eps = static_cast<float>(eps);
  encoder.linear_bias = attention_bias || mlp_bias;
  encoder.gated = encoder.norm_before = encoder.final_norm = true;
  encoder.first_attention_norm = false;
  FOVEA_OK(read_vocabulary(file, config));
  config.embedding.layer_norm_eps = encoder.layer_norm_eps;
  config.embedding.norm_bias = encoder.norm_bias;
  config.names = names(attention_bias, mlp_bias);
  return read_head(file, config);
}

}  // namespace fovea::models
