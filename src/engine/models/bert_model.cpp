#include "engine/models/bert_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "engine/models/limits.h"

namespace fovea::models {
namespace {

// Finds "encoder.layer.0..." under "bert." or bare, and LayerNorm's weight under its old name gamma (bias: beta).
class BertTensors {
 public:
  explicit BertTensors(const weights::SafeTensors& file)
      : file_(file), prefix_(file.has("bert.embeddings.word_embeddings.weight") ? "bert." : "") {}

  layers::FindTensor under(const std::string& path) const {
    return [this, path](const std::string& name, const std::vector<int64_t>& shape) {
      return file_.load(known(prefix_ + path + name), shape);
    };
  }
  Result<kernels::PackedLinear> linear(const std::string& name, int64_t out, int64_t in) const {
    FOVEA_TRY(const tensor::Tensor weight, file_.load(name + ".weight", {out, in}));
    FOVEA_TRY(const tensor::Tensor bias, file_.load(name + ".bias", {out}));
    return kernels::PackedLinear(weight.matrix(), bias.values());
  }
  const std::string& prefix() const { return prefix_; }

 private:
  std::string known(std::string name) const {
    if (file_.has(name)) return name;
    for (const auto& [today, before] :
         {std::pair("LayerNorm.weight", "LayerNorm.gamma"), std::pair("LayerNorm.bias", "LayerNorm.beta")}) {
      if (!name.ends_with(today)) continue;
      const std::string old = name.substr(0, name.size() - std::string_view(today).size()) + before;
      if (file_.has(old)) return old;
    }
    return name;
  }

  const weights::SafeTensors& file_;
  std::string prefix_;
};

Result<std::string> find_weights(const std::string& folder) {
  const auto exists = [&](const char* name) {
    std::error_code ignored;
    return std::filesystem::exists(folder + "/" + name, ignored);
  };
  if (exists("model.safetensors")) return folder + "/model.safetensors";
  std::string hint = "a folder needs config.json, model.safetensors and tokenizer.json or vocab.txt";
  if (exists("model.safetensors.index.json")) hint = "split weights are not read; save them as one file";
  if (exists("pytorch_model.bin"))
    hint = "pytorch_model.bin is not read; save_pretrained(safe_serialization=True) makes it";
  return fail(Code::kNotFound, "no model.safetensors", folder, hint);
}

}  // namespace

Result<std::unique_ptr<BertModel>> BertModel::create(const std::string& folder) {
  FOVEA_TRY(const auto config_file, weights::ConfigFile::open(folder + "/config.json"));
  std::unique_ptr<BertModel> model(new BertModel());
  FOVEA_TRY(model->config_, read_bert_config(config_file));
  FOVEA_TRY(model->sentence_, read_sentence_config(folder));
  if (model->sentence_.present) {  // then its rows are pooled, whatever the architecture is called
    model->config_.classifies = false;
    model->config_.labels.clear();
  }
  FOVEA_TRY(model->isa_, kernels::isa_from_environment());
  FOVEA_TRY(const std::string path, find_weights(folder));
  FOVEA_OK(model->read_weights(path));
  return model;
}

Result<void> BertModel::read_weights(const std::string& path) {
  FOVEA_TRY(const auto file, weights::SafeTensors::open(path));
  const BertTensors tensors(file);
  FOVEA_TRY(embedding_, layers::BertEmbedding::create(config_.embedding, tensors.under("embeddings.")));
  FOVEA_TRY(stack_, layers::EncoderStack::create(config_.encoder, tensors.under("encoder.")));
  if (!classifies()) return {};
  const int64_t hidden = config_.encoder.hidden, labels = static_cast<int64_t>(config_.labels.size());
  if (!config_.mean_head) {
    FOVEA_TRY(pooler_, tensors.linear(tensors.prefix() + "pooler.dense", hidden, hidden));
  }
  FOVEA_TRY(classifier_, tensors.linear("classifier", labels, hidden));
  return {};
}

int64_t BertModel::width() const {
  return classifies() ? static_cast<int64_t>(config_.labels.size()) : config_.encoder.hidden;
}

Result<void> BertModel::check(const RaggedBatch& batch, const tensor::Matrix& out) const {
  const auto bad = [](std::string message) { return fail(Code::kInvalidArgument, std::move(message), "batch"); };
  const auto rows = static_cast<int64_t>(batch.ids.size());
  if (batch.offsets.empty() || batch.offsets.front() != 0 || batch.offsets.back() != rows ||
      !std::is_sorted(batch.offsets.begin(), batch.offsets.end()))
    return bad("offsets must rise from 0 to the number of ids");
  if (rows > kBatchRowsMax) return bad(fmt::format("more than {} tokens", kBatchRowsMax));
  if (out.rows != batch.sequences() || out.cols != width())
    return bad(fmt::format("the output must be [{}, {}]", batch.sequences(), width()));
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    const auto at = static_cast<size_t>(s);
    if (batch.offsets[at + 1] - batch.offsets[at] > tokens_max())
      return bad(fmt::format("sequence {} has more than the model's {} tokens", s, tokens_max()));
  }
  for (int32_t id : batch.ids)
    if (id < 0 || id >= config_.embedding.vocab)
      return bad(fmt::format("id {} is outside the vocabulary of {}", id, config_.embedding.vocab));
  return {};
}

Result<void> BertModel::run(const RaggedBatch& batch, tensor::Matrix out, tensor::Arena& arena,
                            const ModelRun& how) const {
  FOVEA_OK(check(batch, out));
  if (!how.focus.empty() && how.focus.size() != batch.ids.size())
    return fail(Code::kInvalidArgument, "needs a place for each token", "focus");
  const tensor::Arena::Scope scope(arena);
  const tensor::Matrix hidden = arena.matrix(static_cast<int64_t>(batch.ids.size()), config_.encoder.hidden);
  embedding_->run(batch.ids, batch.offsets, hidden);
  layers::StackRun stack_run;
  stack_run.before_layer = how.before_layer;
  stack_run.focus = how.focus;
  stack_run.first_rows_only = pooling() == layers::Pooling::kFirst;
  stack_run.focus_rows = stack_run.first_rows_only ? layers::FocusRows::kFirst : layers::FocusRows::kMean;
  FOVEA_OK(stack_->run(hidden, batch.offsets, arena, stack_run));
  if (!classifies()) {
    layers::pool(hidden, batch.offsets, pooling(), out);
    if (sentence_.normalise) layers::scale_to_unit(out);
    return {};
  }
  const tensor::Matrix firsts = arena.matrix(out.rows, config_.encoder.hidden);
  const tensor::Matrix pooled = arena.matrix(out.rows, config_.encoder.hidden);
  layers::pool(hidden, batch.offsets, pooling(), firsts);
  if (config_.mean_head) {
    classifier_.run(*isa_, firsts, out, arena);
    return {};
  }
  pooler_.run(*isa_, firsts, pooled, arena);
  for (int64_t s = 0; s < pooled.rows; ++s)
    for (float& value : pooled.row(s)) value = std::tanh(value);
  classifier_.run(*isa_, pooled, out, arena);
  return {};
}

}  // namespace fovea::models
