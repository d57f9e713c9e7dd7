#include "engine/models/encoder_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/digest.h"
#include "base/files.h"
#include "engine/models/limits.h"
#include "engine/models/packed_weights.h"
#include "engine/tensor/finite.h"
#include "engine/weights/limits.h"
#include "engine/weights/packed_file.h"

namespace fovea::models {

Result<std::unique_ptr<EncoderModel>> EncoderModel::create(const std::string& folder, const LoadOptions& options) {
  const std::string config_path = folder + "/config.json";
  FOVEA_TRY(const std::string config_text, read_file(config_path, weights::kConfigBytesMax));
  FOVEA_TRY(const auto config_file, weights::ConfigFile::parse(config_text, config_path));
  std::unique_ptr<EncoderModel> model(new EncoderModel());
  FOVEA_TRY(model->config_, read_encoder_config(config_file));
  FOVEA_TRY(model->sentence_, read_sentence_config(folder));
  if (model->sentence_.pools) {  // then its rows are pooled, whatever the architecture is called
    model->config_.output = Output::kEmbedding;
    model->config_.labels.clear();
  }
  FOVEA_TRY(model->isa_, kernels::isa_from_environment());
  FOVEA_OK(weights::has_packed_file(folder) ? model->read_packed(folder, options, config_text)
                                            : model->read_folder(folder, options));
  return model;
}

Result<void> EncoderModel::read_folder(const std::string& folder, const LoadOptions& options) {
  weights_path_ = folder;
  FOVEA_TRY(precision_, choose_precision(folder, options, {}));
  const bool bf16_rows = precision_ != kernels::Precision::kFp32;
  FOVEA_TRY(ModelWeights weights, folder_weights(folder, config_, sentence_, bf16_rows));
  return read_weights(std::move(weights), options);
}

Result<void> EncoderModel::read_packed(const std::string& folder, const LoadOptions& options,
                                       std::string_view config_text) {
  const std::string path = fmt::format("{}/{}", folder, weights::kPackedFileName);
  weights_path_ = path;
  FOVEA_TRY(auto opened, weights::PackedFile::open(path));
  const auto file = std::make_shared<const weights::PackedFile>(std::move(opened));
  if (sha256(config_text) != file->config_digest())
    return fail(Code::kDataLoss, "is not the one that the weights were packed with", folder + "/config.json",
                "import the model again");
  FOVEA_TRY(precision_, choose_precision(folder, options, precision_of(file->precision())));
  std::set<std::string> asked;
  FOVEA_OK(read_weights(packed_weights(file, sentence_, asked), options));
  for (const auto& [name, entry] : file->entries())
    if (!asked.contains(name))
      return fail(Code::kDataLoss, "is not a part of the model that config.json and modules.json describe",
                  fmt::format("{}: {}", path, name), "import the model again");
  return {};
}

Result<void> EncoderModel::read_weights(ModelWeights weights, const LoadOptions& options) {
  if (options.record) weights = recorded_weights(std::move(weights), *options.record);
  FOVEA_TRY(embedding_, layers::TokenEmbedding::create(config_.embedding, *weights.encoder));
  FOVEA_TRY(stack_, layers::EncoderStack::create(config_.encoder, *weights.encoder, precision_));
  FOVEA_OK(read_steps(weights));
  if (config_.output == Output::kEmbedding) return {};
  FOVEA_TRY(head_, layers::LogitHead::create(config_.head, *weights.head));
  return {};
}

Result<void> EncoderModel::read_steps(const ModelWeights& weights) {
  int64_t width = config_.encoder.hidden;
  for (size_t i = 0; i < sentence_.steps.size(); ++i) {
    const SentenceStep& step = sentence_.steps[i];
    kernels::PackedLinear dense;
    if (!step.normalise) {
      if (step.in != width)
        return fail(Code::kInvalidArgument, fmt::format("is {}, the rows have {}", step.in, width),
                    step.folder + "/config.json: in_features");
      width = step.out;
      FOVEA_TRY(dense, layers::portable_linear(*weights.steps[i], "linear", step.out, step.in, step.bias));
    }
    dense_.push_back(std::move(dense));
  }
  return {};
}

int64_t EncoderModel::width() const {
  if (config_.output != Output::kEmbedding) return static_cast<int64_t>(config_.labels.size());
  int64_t width = config_.encoder.hidden;
  for (const SentenceStep& step : sentence_.steps)
    if (!step.normalise) width = step.out;
  return width;
}

Result<void> EncoderModel::check(const RaggedBatch& batch, const tensor::Matrix& out, const ModelRun& how) const {
  const auto bad = [](std::string message) { return fail(Code::kInvalidArgument, std::move(message), "batch"); };
  const auto rows = static_cast<int64_t>(batch.ids.size());
  if (batch.offsets.empty() || batch.offsets.front() != 0 || batch.offsets.back() != rows ||
      !std::is_sorted(batch.offsets.begin(), batch.offsets.end()))
    return bad("offsets must rise from 0 to the number of ids");
  if (rows > kBatchRowsMax) return bad(fmt::format("more than {} tokens", kBatchRowsMax));
  if (out.rows != output_rows(batch) || out.cols != width())
    return bad(fmt::format("the output must be [{}, {}]", output_rows(batch), width()));
  for (int64_t s = 0; s < batch.sequences(); ++s) {
    const auto at = static_cast<size_t>(s);
    if (batch.offsets[at + 1] - batch.offsets[at] > tokens_max())
      return bad(fmt::format("sequence {} has more than the model's {} tokens", s, tokens_max()));
  }
  for (int32_t id : batch.ids)
    if (id < 0 || id >= config_.embedding.vocab)
      return bad(fmt::format("id {} is outside the vocabulary of {}", id, config_.embedding.vocab));
  if (!batch.types.empty() && static_cast<int64_t>(batch.types.size()) != rows)
    return bad("needs a token type for each id, or none");
  if (token_types() > 0)
    for (int32_t type : batch.types)
      if (type < 0 || type >= token_types())
        return bad(fmt::format("token type {} is outside the model's {}", type, token_types()));
  if (!how.focus.empty() && how.focus.size() != batch.ids.size())
    return fail(Code::kInvalidArgument, "needs a place for each token", "focus");
  if (!how.entropy.empty() && static_cast<int64_t>(how.entropy.size()) != batch.sequences() * config_.encoder.heads)
    return fail(Code::kInvalidArgument, "needs a place for each head of each sequence", "entropy");
  if (how.token_rows.data && (how.token_rows.rows != rows || how.token_rows.cols != config_.encoder.hidden))
    return fail(Code::kInvalidArgument, fmt::format("must be [{}, {}]", rows, config_.encoder.hidden), "token_rows");
  return {};
}

// A packed model's table of words is not read as a whole when it is opened, so what is wrong with a row shows here.
Result<void> EncoderModel::check_embedded(std::span<const int32_t> ids, tensor::ConstMatrix hidden) const {
  for (size_t i = 0; i < ids.size(); ++i)
    if (!tensor::all_finite(hidden.row(static_cast<int64_t>(i))))
      return fail(Code::kDataLoss, fmt::format("the row of token id {} holds NaN or infinity", ids[i]),
                  weights_path_ + ": word_embeddings", "the weights are damaged; fetch them or import the model again");
  return {};
}

// Pooled, then what modules.json says: linear layers and scaling to length 1.
void EncoderModel::embed(tensor::ConstMatrix hidden, std::span<const int32_t> offsets, tensor::Matrix out,
                         tensor::Arena& arena) const {
  tensor::Matrix rows = dense_.empty() ? out : arena.matrix(out.rows, hidden.cols);
  layers::pool(hidden, offsets, pooling(), rows);
  for (size_t i = 0; i < dense_.size(); ++i) {
    const SentenceStep& step = sentence_.steps[i];
    if (step.normalise) {
      layers::scale_to_unit(rows);
      continue;
    }
    const tensor::Matrix next = arena.matrix(out.rows, step.out);
    dense_[i].run(*isa_, rows, next, arena);
    layers::activate(step.activation, next);
    rows = next;
  }
  if (rows.data == out.data) return;
  for (int64_t r = 0; r < out.rows; ++r) std::ranges::copy(rows.row(r), out.row(r).begin());
}

Result<void> EncoderModel::run(const RaggedBatch& batch, tensor::Matrix out, tensor::Arena& arena,
                               const ModelRun& how) const {
  FOVEA_OK(check(batch, out, how));
  const tensor::Arena::Scope scope(arena);
  const bool all_rows = how.token_rows.data != nullptr;
  const tensor::Matrix hidden =
      all_rows ? how.token_rows : arena.matrix(static_cast<int64_t>(batch.ids.size()), config_.encoder.hidden);
  embedding_->run(batch.ids, batch.types, batch.offsets, hidden, arena);
  FOVEA_OK(check_embedded(batch.ids, hidden));
  layers::StackRun stack_run;
  stack_run.before_layer = how.before_layer;
  stack_run.focus = how.focus;
  stack_run.entropy = how.entropy;
  stack_run.share = how.share;
  stack_run.first_rows_only = reads_first_rows() && !all_rows;
  stack_run.focus_rows = reads_first_rows() ? layers::FocusRows::kFirst : layers::FocusRows::kMean;
  FOVEA_OK(stack_->run(hidden, batch.offsets, arena, stack_run));
  if (config_.output == Output::kEmbedding) {
    embed(hidden, batch.offsets, out, arena);
  } else if (per_token()) {
    head_.run(*isa_, hidden, out, arena);
  } else {
    const tensor::Matrix pooled = arena.matrix(out.rows, config_.encoder.hidden);
    layers::pool(hidden, batch.offsets, pooling(), pooled);
    head_.run(*isa_, pooled, out, arena);
  }
  return {};
}

}  // namespace fovea::models
