#include "engine/models/sentence_config.h"

#include <fmt/format.h>

#include <filesystem>

#include "engine/models/limits.h"
#include "engine/weights/config_file.h"

namespace fovea::models {
namespace {

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
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

// modules.json is a list: [{"type": "sentence_transformers.models.Pooling", "path": "1_Pooling"}, ...]
Result<void> read_modules(const std::string& folder, SentenceConfig& config) {
  const std::string path = folder + "/modules.json";
  FOVEA_TRY(const Json modules, weights::read_json_list(path));
  for (const Json& module : modules.get_array()) {
    const std::string_view type = text_or(member(module, "type"), "");
    const std::string_view kind = type.substr(type.rfind('.') + 1);
    const std::string_view subfolder = text_or(member(module, "path"), "");
    if (kind == "Transformer") {
      if (!subfolder.empty())
        return fail(Code::kUnimplemented, fmt::format("the transformer lies in '{}'", subfolder), path,
                    "give that folder, or move its files up");
    } else if (kind == "Pooling") {
      if (subfolder.find("..") != std::string_view::npos || subfolder.starts_with('/'))
        return fail(Code::kInvalidArgument, fmt::format("path '{}' leaves the folder", subfolder), path);
      FOVEA_TRY(config.pooling, read_pooling(fmt::format("{}/{}/config.json", folder, subfolder)));
    } else if (kind == "Normalize") {
      config.normalise = true;
    } else {
      return fail(Code::kUnimplemented, fmt::format("module '{}' is not supported", type), path,
                  "supported: Transformer, Pooling, Normalize");
    }
  }
  return {};
}

}  // namespace

Result<SentenceConfig> read_sentence_config(const std::string& folder) {
  SentenceConfig config;
  if (exists(folder + "/modules.json")) {
    config.present = true;
    FOVEA_OK(read_modules(folder, config));
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
