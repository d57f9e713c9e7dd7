#include "door/cli/models_import.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/files.h"
#include "door/cli/output.h"
#include "engine/models/packed_import.h"
#include "serve/attention_part.h"

namespace fovea::cli {
namespace {

Result<models::Imported> import_folder(const ModelsImportOptions& options) {
  FOVEA_TRY(const kernels::Precision precision, kernels::parse_precision(options.precision));
  if (options.out.empty())
    return fail(Code::kInvalidArgument, "where is it to be written?", "--out",
                "only a directory of `fovea train` has a place of its own for packed weights");
  RealFiles files;
  return models::import_model(files, {.folder = options.folder,
                                      .out = options.out,
                                      .precision = precision,
                                      .source = options.source,
                                      .licence = options.licence});
}

// Of a directory of `fovea train` the attention model is meant, and its packed weights go where flows look for them.
ModelsImportOptions with_trained_parts(ModelsImportOptions options) {
  std::error_code ignored;
  if (!std::filesystem::exists(options.folder + "/linear.fvl", ignored)) return options;
  if (options.out.empty()) options.out = serve::packed_attention_path(options.folder, options.precision);
  options.folder += "/attention";
  return options;
}

}  // namespace

int run_models_import(const ModelsImportOptions& asked) {
  const ModelsImportOptions options = with_trained_parts(asked);
  const auto imported = import_folder(options);
  if (!imported) return report(imported.error(), options.json);
  say(fmt::format("{}: {} weights, {:.1f} MB (the folder's: {:.1f} MB), {} files, checked against the folder's answers",
                  options.out, options.precision, static_cast<double>(imported->packed_bytes) / 1e6,
                  static_cast<double>(imported->source_bytes) / 1e6, imported->manifest.files.size()));
  if (options.json) {
    JsonObject files;
    for (const auto& [name, digest] : imported->manifest.files) files[name] = digest;
    answer(JsonObject{{"out", options.out},
                      {"precision", options.precision},
                      {"source_bytes", imported->source_bytes},
                      {"packed_bytes", imported->packed_bytes},
                      {"files", std::move(files)}});
  }
  return kDone;
}

}  // namespace fovea::cli
