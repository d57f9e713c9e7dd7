#include "engine/models/packed_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>

#include "base/digest.h"
#include "base/version.h"
#include "engine/kernels/isa.h"
#include "engine/models/encoder_model.h"
#include "engine/models/packed_weights.h"
#include "engine/models/verify_verdict.h"
#include "engine/weights/config_file.h"
#include "engine/weights/limits.h"
#include "engine/weights/packed_file.h"

namespace fovea::models {
namespace {

namespace fs = std::filesystem;

// What a folder may hold beside its weights: what is read from it, and what should travel with it.
constexpr std::string_view kCopied[] = {"config.json",
                                        "tokenizer.json",
                                        "tokenizer_config.json",
                                        "special_tokens_map.json",
                                        "added_tokens.json",
                                        "vocab.txt",
                                        "vocab.json",
                                        "merges.txt",
                                        "modules.json",
                                        "sentence_bert_config.json",
                                        "config_sentence_transformers.json",
                                        "README.md",
                                        "LICENSE",
                                        "LICENSE.txt"};

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

Result<void> check_folders(const ImportOptions& options) {
  if (weights::has_packed_file(options.folder))
    return fail(Code::kInvalidArgument, "holds packed weights already", options.folder,
                "import the Hugging Face folder that they were made from");
  for (std::string_view name : {"model.safetensors", "model.safetensors.index.json"})
    if (exists(fmt::format("{}/{}", options.out, name)))
      return fail(Code::kInvalidArgument, fmt::format("holds {}: a Hugging Face folder is not written into", name),
                  options.out, "give another --out");
  if (exists(options.folder + "/linear.fvl"))
    return fail(Code::kInvalidArgument, "is a directory of `fovea train`", options.folder,
                "its attention model, if it is a fine-tuned BERT, is " + options.folder + "/attention");
  return {};
}

Result<std::vector<std::string>> copied_files(const std::string& folder) {
  std::vector<std::string> names;
  for (std::string_view name : kCopied)
    if (exists(fmt::format("{}/{}", folder, name))) names.emplace_back(name);
  if (!exists(folder + "/modules.json")) return names;
  FOVEA_TRY(const Json modules, weights::read_json_list(folder + "/modules.json"));
  for (const Json& module : modules.get_array()) {  // paths that leave the folder were refused when it was loaded
    const std::string name = fmt::format("{}/config.json", text_or(member(module, "path"), ""));
    if (!name.starts_with('/') && exists(folder + "/" + name)) names.push_back(name);
  }
  return names;
}

bool same_bits(const std::vector<GoldenOutput>& one, const std::vector<GoldenOutput>& other) {
  return std::ranges::equal(one, other, [](const GoldenOutput& a, const GoldenOutput& b) {
    return a.ids == b.ids && a.values.size() == b.values.size() &&
           std::memcmp(a.values.data(), b.values.data(), a.values.size() * sizeof(float)) == 0;
  });
}

// The verdict of the quality gate is about the imported weights too: it goes with them.
Result<void> copy_verdict(Files& files, const std::string& folder, const std::string& out) {
  FOVEA_TRY(const auto verdict, read_verdict(folder));
  if (!verdict) return {};
  FOVEA_TRY(const std::string text, read_file(verdict_path(folder), weights::kConfigBytesMax));
  return files.write_atomic(verdict_path(out), text);
}

Result<uint64_t> bytes_of_files(const std::string& folder, const std::map<std::string, std::string>& names) {
  RealFiles files;
  uint64_t sum = 0;
  for (const auto& [name, digest] : names) {
    if (name.ends_with(".json")) continue;
    FOVEA_TRY(const uint64_t size, files.size(folder + "/" + name));
    sum += size;
  }
  return sum;
}

}  // namespace

Result<std::vector<GoldenOutput>> golden_outputs(const EncoderModel& model) {
  std::vector<GoldenOutput> made;
  tensor::Arena arena;
  for (int64_t length : {3, 16, 61}) {
    GoldenOutput golden;
    length = std::min(length, model.tokens_max());
    for (int64_t i = 0; i < length; ++i)
      golden.ids.push_back(static_cast<int32_t>((7919 * i * i + 104729 * length + 1) % model.vocabulary_size()));
    const int32_t offsets[] = {0, static_cast<int32_t>(length)};
    const RaggedBatch batch{golden.ids, offsets};
    const int64_t rows = model.output_rows(batch);
    golden.values.resize(static_cast<size_t>(rows * model.width()));
    FOVEA_OK(model.run(batch, {golden.values.data(), rows, model.width()}, arena));
    made.push_back(std::move(golden));
  }
  return made;
}

Result<Imported> import_model(Files& files, const ImportOptions& options) {
  FOVEA_OK(check_folders(options));
  weights::PackedWriter record;
  FOVEA_TRY(const auto model,
            EncoderModel::create(options.folder, {.precision = options.precision, .record = &record}));
  Imported made;
  Manifest& manifest = made.manifest;
  FOVEA_TRY(manifest.golden, golden_outputs(*model));
  FOVEA_TRY(manifest.source_files, source_digests(options.folder));
  FOVEA_TRY(const auto names, copied_files(options.folder));
  for (const std::string& name : names) {
    FOVEA_TRY(const std::string text, read_file(options.folder + "/" + name, weights::kConfigBytesMax));
    FOVEA_OK(files.write_atomic(options.out + "/" + name, text));
    manifest.files[name] = to_hex(bytes_of(sha256(text)));
    if (name == "config.json") {
      FOVEA_OK(record.write(files, fmt::format("{}/{}", options.out, weights::kPackedFileName),
                            packed_element(options.precision), sha256(text)));
    }
  }
  const std::string packed_path = fmt::format("{}/{}", options.out, weights::kPackedFileName);
  FOVEA_TRY(manifest.files[std::string(weights::kPackedFileName)], file_digest(packed_path));
  FOVEA_TRY(const auto written, weights::PackedFile::open(packed_path));
  FOVEA_OK(written.check_contents());
  FOVEA_TRY(const auto packed, EncoderModel::create(options.out, {.ignore_verdict = true}));
  FOVEA_TRY(const auto answers, golden_outputs(*packed));
  if (!same_bits(answers, manifest.golden))
    return fail(Code::kInternal, "the packed weights do not answer as the folder's do", packed_path);
  FOVEA_TRY(const kernels::IsaKernels* isa, kernels::isa_from_environment());
  manifest.precision = options.precision;
  manifest.source = options.source;
  manifest.licence = options.licence;
  manifest.fovea = kFoveaVersion;
  manifest.isa = isa->name;
  FOVEA_OK(write_manifest(files, options.out, manifest));
  FOVEA_OK(copy_verdict(files, options.folder, options.out));
  FOVEA_TRY(made.source_bytes, bytes_of_files(options.folder, manifest.source_files));
  FOVEA_TRY(made.packed_bytes, files.size(packed_path));
  return made;
}

}  // namespace fovea::models
