#include "engine/models/encoder_tensors.h"

#include <fmt/format.h>

namespace fovea::models {
namespace {

const PartName* find_part(const std::vector<PartName>& parts, std::string_view name) {
  for (const PartName& part : parts)
    if (part.ours == name) return &part;
  return nullptr;
}

tensor::Tensor zeros(const std::vector<int64_t>& shape) {
  size_t count = 1;
  for (int64_t extent : shape) count *= static_cast<size_t>(extent);
  auto storage = tensor::Storage::allocate(count * sizeof(float));
  const auto* values = reinterpret_cast<const float*>(storage->bytes().data());
  return {std::move(storage), values, shape};
}

}  // namespace

EncoderTensors::EncoderTensors(std::shared_ptr<const weights::WeightFiles> files, const TensorNames& names,
                               bool bf16_rows)
    : files_(std::move(files)), names_(names), bf16_rows_(bf16_rows) {
  prefixed_ = files_->has(std::string(names_.prefix) + place("embeddings.word_embeddings.weight").name);
}

// "layer.3.attention.self.query.weight" → "transformer.layer.3.attention.q_lin.weight"
EncoderTensors::Place EncoderTensors::place(std::string_view name) const {
  std::string before;
  std::string_view part = name;
  if (part.starts_with("layer.")) {
    part.remove_prefix(6);
    const size_t dot = part.find('.');
    before = fmt::format("{}{}.", names_.layer, part.substr(0, dot));
    part.remove_prefix(dot + 1);
  }
  const size_t dot = part.rfind('.');
  const PartName* known = find_part(names_.parts, part);
  if (known == nullptr) known = find_part(names_.parts, part.substr(0, dot));
  if (known == nullptr) return {.name = before + std::string(part)};
  if (known->theirs.empty()) return {};
  return {.name = fmt::format("{}{}{}", before, known->theirs, part.substr(dot)),
          .slice = known->slice,
          .slices = known->slices};
}

std::string EncoderTensors::known(std::string name) const {
  if (files_->has(name)) return name;
  for (const auto& [today, before] :
       {std::pair("LayerNorm.weight", "LayerNorm.gamma"), std::pair("LayerNorm.bias", "LayerNorm.beta")}) {
    if (!name.ends_with(today)) continue;
    const std::string old = name.substr(0, name.size() - std::string_view(today).size()) + before;
    if (files_->has(old)) return old;
  }
  return name;
}

Result<tensor::Tensor> EncoderTensors::tensor(const std::string& name, const std::vector<int64_t>& shape) const {
  Place found = place(name);
  if (found.name.empty()) return zeros(shape);
  if (prefixed_) found.name.insert(0, names_.prefix);
  std::vector<int64_t> whole_shape = shape;
  whole_shape[0] *= found.slices;
  FOVEA_TRY(const tensor::Tensor whole, files_->load(known(found.name), whole_shape));
  return found.slices == 1 ? whole : whole.slice(found.slice * shape[0], shape[0]);
}

Result<tensor::RowTable> EncoderTensors::rows(const std::string& name, int64_t rows, int64_t cols) const {
  FOVEA_TRY(const tensor::RowTable table,
            files_->load_rows((prefixed_ ? std::string(names_.prefix) : "") + place(name).name, rows, cols));
  return bf16_rows_ ? table.as_bf16() : table;
}

Result<tensor::Tensor> HeadTensors::tensor(const std::string& name, const std::vector<int64_t>& shape) const {
  const std::string prefixed = std::string(prefix_) + name;
  return files_->load(!files_->has(name) && files_->has(prefixed) ? prefixed : name, shape);
}

}  // namespace fovea::models
