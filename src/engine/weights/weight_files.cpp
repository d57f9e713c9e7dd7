#include "engine/weights/weight_files.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/files.h"
#include "base/suggest.h"
#include "engine/weights/limits.h"

namespace fovea::weights {
namespace {

// A symbolic link counts wherever it leads: to pass it over would be to say that the file is not there.
bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
}

}  // namespace

Result<WeightFiles> WeightFiles::open(const std::string& folder) {
  WeightFiles made;
  const std::string whole = folder + "/model.safetensors", index = whole + ".index.json";
  if (exists(whole)) {
    made.path_ = whole;
    FOVEA_TRY(SafeTensors file, SafeTensors::open(whole));
    for (const auto& [name, entry] : file.entries()) made.file_of_.emplace(name, 0);
    made.files_.push_back(std::move(file));
    return made;
  }
  if (exists(index)) {
    made.path_ = index;
    FOVEA_OK(made.open_shards(folder));
    return made;
  }
  return fail(Code::kNotFound, "no model.safetensors and no model.safetensors.index.json", folder,
              exists(folder + "/pytorch_model.bin")
                  ? "pytorch_model.bin is not read; save_pretrained(safe_serialization=True) makes it"
                  : "a folder needs config.json, model.safetensors and tokenizer.json or vocab.txt");
}

Result<void> WeightFiles::open_shards(const std::string& folder) {
  FOVEA_TRY(const std::string text, read_file(path_, kConfigBytesMax));
  FOVEA_TRY(const ShardIndex index, parse_shard_index(text, path_));
  for (const std::string& shard : index.shards) {
    const std::string path = folder + "/" + shard;
    if (!exists(path)) return fail(Code::kNotFound, "is named by the index and is not there", path, "fetch all shards");
    FOVEA_TRY(SafeTensors file, SafeTensors::open(path));
    for (const auto& [name, entry] : file.entries()) {
      const auto [known, added] = file_of_.emplace(name, files_.size());
      if (!added)
        return fail(Code::kInvalidArgument, fmt::format("is in {} too", files_[known->second].path()),
                    fmt::format("{}: {}", path, name), "these shards are not of one model");
    }
    files_.push_back(std::move(file));
  }
  for (const auto& [name, shard] : index.files) {
    const auto found = file_of_.find(name);
    if (found == file_of_.end() || files_[found->second].path() != folder + "/" + shard)
      return fail(Code::kInvalidArgument, fmt::format("is not in {}", shard), fmt::format("{}: {}", path_, name),
                  "index and shards are not of one model");
  }
  return {};
}

Result<const SafeTensors*> WeightFiles::find(std::string_view name) const {
  const auto found = file_of_.find(name);
  if (found != file_of_.end()) return &files_[found->second];
  std::vector<std::string_view> names;
  for (const auto& [known, file] : file_of_) names.push_back(known);
  return fail(Code::kNotFound, "no such tensor", fmt::format("{}: {}", path_, name),
              "do the weights belong to this config.json? " + suggest(name, names));
}

Result<tensor::Tensor> WeightFiles::load(std::string_view name, const std::vector<int64_t>& shape) const {
  FOVEA_TRY(const SafeTensors* file, find(name));
  return file->load(name, shape);
}

Result<tensor::RowTable> WeightFiles::load_rows(std::string_view name, int64_t rows, int64_t cols) const {
  FOVEA_TRY(const SafeTensors* file, find(name));
  return file->load_rows(name, rows, cols);
}

std::vector<std::string> WeightFiles::paths() const {
  std::vector<std::string> all;
  for (const SafeTensors& file : files_) all.push_back(file.path());
  if (files_.size() != 1 || files_[0].path() != path_) all.push_back(path_);
  return all;
}

}  // namespace fovea::weights
