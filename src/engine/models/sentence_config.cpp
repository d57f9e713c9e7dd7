#include "engine/models/sentence_config.h"

#include <fmt/format.h>

#include <filesystem>

#include "engine/layers/limits.h"
#include "engine/models/limits.h"
#include "engine/weights/config_file.h"

namespace fovea::models {
namespace {

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));  // a link counts wherever it leads
}

Result<layers::Pooling> read_pooling(const std::string& path) {
  FOVEA_TRY(const auto file, weights::ConfigFile::open(path));
  constexpr std::string_view kHint = "supported: cls, mean, max; one of them alone";
  std::string chosen;
  if (file.has("pooling_mode")) {  // sentence-transformers 5 and later
    FOVEA_TRY(chosen, file.text("pooling_mode"));
  } else {
    for (const auto& field : file.root().get_object()) {
      const std::string_view name = field.key();
      if (!name.starts_with("pooling_mode_") || !field.value().is_bool() || !field.value().get_bool()) continue;
      if (!chosen.empty())
        return fail(Code::kUnimplemented, "joins several poolings", file.where(name), std::string(kHint));
      chosen = name.substr(std::string_view("pooling_mode_").size());
    }
  }
  if (chosen == "cls_token" || chosen == "cls") return layers::Pooling::kFirst;
  if (chosen == "mean_tokens" || chosen == "mean" || chosen.empty()) return layers::Pooling::kMean;
  if (chosen == "max_tokens" || chosen == "max") return layers::Pooling::kMax;
  return fail(Code::kUnimplemented, fmt::format("pooling '{}' is not supported", chosen), path, std::string(kHint));
}

// "torch.nn.modules.activation.Tanh"
Result<layers::RowActivation> read_dense_activation(const weights::ConfigFile& file) {
  FOVEA_TRY(const std::string name, file.text_or("activation_function", "torch.nn.modules.activation.Tanh"));
  const std::string_view kind = std::string_view(name).substr(name.rfind('.') + 1);
  if (kind == "Tanh") return layers::RowActivation::kTanh;
  if (kind == "Identity") return layers::RowActivation::kNone;
  if (kind == "ReLU") return layers::RowActivation::kRelu;
  if (kind == "GELU") return layers::RowActivation::kGelu;
  if (kind == "SiLU") return layers::RowActivation::kSilu;
  return fail(Code::kUnimplemented, fmt::format("'{}' is not supported", name), file.where("activation_function"),
              "supported: Tanh, Identity, ReLU, GELU, SiLU");
}

Result<SentenceStep> read_dense(const std::string& folder) {
  FOVEA_TRY(const auto file, weights::ConfigFile::open(folder + "/config.json"));
  SentenceStep step{.folder = folder};
  FOVEA_TRY(step.in, file.integer("in_features", 1, layers::kHiddenMax));
  FOVEA_TRY(step.out, file.integer("out_features", 1, layers::kHiddenMax));
  FOVEA_TRY(step.bias, file.boolean_or("bias", true));
  FOVEA_TRY(step.activation, read_dense_activation(file));
  for (std::string_view field : {"module_input_name", "module_output_name"}) {
    FOVEA_TRY(const std::string name, file.choice_or(field, "sentence_embedding", {"sentence_embedding"}));
  }
  return step;
}

// modules.json is a list: [{"type": "sentence_transformers.models.Pooling", "path": "1_Pooling"}, ...]
Result<void> read_modules(const std::string& folder, SentenceConfig& config) {
  const std::string path = folder + "/modules.json";
  FOVEA_TRY(const Json modules, weights::read_json_list(path));
  if (modules.get_array().size() > kModulesMax)
    return fail(Code::kInvalidArgument,
                fmt::format("has {} modules; at most {} are read", modules.get_array().size(), kModulesMax), path,
                "is it the modules.json of one model?");
  for (const Json& module : modules.get_array()) {
    const std::string_view type = text_or(member(module, "type"), "");
    const std::string_view kind = type.substr(type.rfind('.') + 1);
    const std::string_view subfolder = text_or(member(module, "path"), "");
    if (subfolder.find("..") != std::string_view::npos || subfolder.starts_with('/'))
      return fail(Code::kInvalidArgument, fmt::format("path '{}' leaves the folder", subfolder), path,
                  "modules stand in folders beside modules.json");
    if (kind == "Transformer") {
      if (!subfolder.empty())
        return fail(Code::kUnimplemented, fmt::format("the transformer lies in '{}'", subfolder), path,
                    "move its files up, beside modules.json");
    } else if (kind == "Pooling") {
      if (config.pools || !config.steps.empty())
        return fail(Code::kUnimplemented, "a pooling behind another module than the transformer", path,
                    "supported: Transformer, Pooling, then Dense and Normalize");
      config.pools = true;
      FOVEA_TRY(config.pooling, read_pooling(fmt::format("{}/{}/config.json", folder, subfolder)));
    } else if (kind == "Normalize") {
      config.steps.push_back({.normalise = true});
    } else if (kind == "Dense") {
      FOVEA_TRY(SentenceStep step, read_dense(fmt::format("{}/{}", folder, subfolder)));
      config.steps.push_back(std::move(step));
    } else {
      return fail(Code::kUnimplemented, fmt::format("module '{}' is not supported", type), path,
                  "supported: Transformer, Pooling, Dense, Normalize");
    }
  }
  if (!config.pools && !config.steps.empty())
    return fail(Code::kUnimplemented, "Dense and Normalize need a Pooling before them", path,
                "supported: Transformer, Pooling, then Dense and Normalize");
  return {};
}

// A prompt that is put before every text changes each embedding; whoever calls must do so, and see it.
Result<void> refuse_default_prompt(const std::string& path) {
  if (!exists(path)) return {};
  FOVEA_TRY(const auto file, weights::ConfigFile::open(path));
  FOVEA_TRY(const std::string name, file.text_or("default_prompt_name", ""));
  if (name.empty() || text_or(member(member(file.root(), "prompts"), name), "").empty()) return {};
  return fail(Code::kUnimplemented, fmt::format("the prompt '{}' goes before every text", name),
              file.where("default_prompt_name"), "set it to null, and write the prompt before your texts");
}

}  // namespace

Result<SentenceConfig> read_sentence_config(const std::string& folder) {
  SentenceConfig config;
  if (exists(folder + "/modules.json")) {
    FOVEA_OK(read_modules(folder, config));
    if (config.pools) FOVEA_OK(refuse_default_prompt(folder + "/config_sentence_transformers.json"));
  }
  if (const std::string path = folder + "/sentence_bert_config.json"; exists(path)) {
    FOVEA_TRY(const auto file, weights::ConfigFile::open(path));
    if (file.has("max_seq_length")) {
      FOVEA_TRY(config.tokens_max, file.integer("max_seq_length", 1, kPositionsMax));
    }
    FOVEA_TRY(config.lower_case, file.boolean_or("do_lower_case", false));
  }
  return config;
}

}  // namespace fovea::models
