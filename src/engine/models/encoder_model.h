// An encoder of any architecture of architecture.h, read from a Hugging Face folder as it is, or from one that `fovea
// models import` made of it (docs/formats/packed-model.md): token ids in, pooled rows or logits out.
// Journey: behind a tokenizer (engine/tokenize), inside a Backend of serve.
// Shapes: out [sequences, width()], or [tokens, width()] where per_token().
// Ownership: keeps its weights; the word embedding stays memory-mapped, so the folder's files must be replaced by
// rename. Threads: run() from any number at once, each with its own arena. Promise: an output row depends on its own
// tokens, the weights, the precision and the instruction set alone, to the bit. Errors: of create(): kNotFound,
// kInvalidArgument, kUnimplemented, kDataLoss (a damaged packed file), naming file and field or tensor;
// kFailedPrecondition for a precision that may not be. Of run(): kInvalidArgument for ids, types or
// lengths beyond the model, kDataLoss for a token whose row is damaged, and what `before_layer` returns.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/kernels/packed_linear.h"
#include "engine/kernels/precision.h"
#include "engine/layers/encoder_stack.h"
#include "engine/layers/logit_head.h"
#include "engine/layers/pooling.h"
#include "engine/layers/token_embedding.h"
#include "engine/models/encoder_config.h"
#include "engine/models/load_options.h"
#include "engine/models/model_weights.h"
#include "engine/models/ragged_batch.h"
#include "engine/models/sentence_config.h"
#include "engine/tensor/arena.h"

namespace fovea::models {

struct ModelRun {
  std::function<Result<void>()> before_layer = {};  // its error ends the run: for deadlines and clients that went away
  // Empty, or [rows]: how much the pooled row looks at each token in the last layer, summing to 1 per sequence. The
  // mean over all rows where per_token().
  std::span<float> focus = {};
  // Empty, or [sequences, shape().heads]: how widely each head of the last layer looks, in nats; over the focus's rows.
  std::span<float> entropy = {};
  layers::ShareWork share = {};  // for one long sequence while other cores are idle; changes no bit
  // Empty, or, of an EncoderModel, [tokens, shape().hidden]: the last layer's output for every token, before any
  // pooling. Changes no bit of `out`; the last layer then computes all rows, whatever the pooling reads.
  tensor::Matrix token_rows = {};
};

class EncoderModel {
 public:
  static Result<std::unique_ptr<EncoderModel>> create(const std::string& folder, const LoadOptions& options = {});

  // Fills out [output_rows(batch), width()]. A sequence without tokens gives zeros (or the head's answer to zeros).
  Result<void> run(const RaggedBatch& batch, tensor::Matrix out, tensor::Arena& arena, const ModelRun& how = {}) const;

  Output output() const { return config_.output; }
  bool classifies() const { return config_.output == Output::kSequenceLogits; }
  bool per_token() const { return config_.output == Output::kTokenLogits; }
  const std::vector<std::string>& labels() const { return config_.labels; }  // empty for embeddings
  int64_t width() const;                                                     // values of one output row
  int64_t output_rows(const RaggedBatch& batch) const {
    return per_token() ? static_cast<int64_t>(batch.ids.size()) : batch.sequences();
  }
  // The rows of `out`, as run() filled it, that are sequence i's.
  tensor::Matrix rows_of(const RaggedBatch& batch, tensor::Matrix out, size_t i) const {
    const auto row = static_cast<int64_t>(i);
    return per_token() ? out.row_range(batch.offsets[i], batch.offsets[i + 1] - batch.offsets[i])
                       : out.row_range(row, 1);
  }
  int64_t tokens_max() const { return config_.tokens_max; }
  int64_t vocabulary_size() const { return config_.embedding.vocab; }
  int64_t token_types() const { return config_.embedding.token_types; }
  const std::string& model_type() const { return config_.model_type; }
  const SentenceConfig& sentence() const { return sentence_; }
  const layers::EncoderShape& shape() const { return config_.encoder; }
  kernels::Precision precision() const { return precision_; }

 private:
  EncoderModel() = default;
  Result<void> read_folder(const std::string& folder, const LoadOptions& options);
  Result<void> read_packed(const std::string& folder, const LoadOptions& options, std::string_view config_text);
  Result<void> read_weights(ModelWeights weights, const LoadOptions& options);
  Result<void> read_steps(const ModelWeights& weights);
  Result<void> check(const RaggedBatch& batch, const tensor::Matrix& out, const ModelRun& how) const;
  Result<void> check_embedded(std::span<const int32_t> ids, tensor::ConstMatrix hidden) const;
  void embed(tensor::ConstMatrix hidden, std::span<const int32_t> offsets, tensor::Matrix out,
             tensor::Arena& arena) const;
  layers::Pooling pooling() const { return classifies() ? config_.head_pooling : sentence_.pooling; }
  bool reads_first_rows() const { return !per_token() && pooling() == layers::Pooling::kFirst; }

  kernels::Precision precision_ = kernels::Precision::kFp32;
  std::string weights_path_;  // for errors
  EncoderConfig config_;
  SentenceConfig sentence_;
  std::unique_ptr<layers::TokenEmbedding> embedding_;
  std::unique_ptr<layers::EncoderStack> stack_;
  layers::LogitHead head_;
  std::vector<kernels::PackedLinear> dense_;  // of sentence_.steps, empty for those that normalise
  const kernels::IsaKernels* isa_ = nullptr;
};

}  // namespace fovea::models
