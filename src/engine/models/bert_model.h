// A BERT-family model read from a Hugging Face folder as it is: token ids in, pooled rows or logits out.
// Journey: behind a tokenizer (engine/tokenize), inside a Backend of serve.
// Ownership: keeps its weights; the word embedding stays memory-mapped, so the folder's files must be replaced by
// rename. Threads: run() from any number at once, each with its own arena. Promise: an output row depends on its own
// tokens, the weights and the instruction set alone, to the bit. Errors: of create(): kNotFound, kInvalidArgument,
// kUnimplemented, naming file and field or tensor. Of run(): kInvalidArgument for ids or lengths beyond the model, and
// what `before_layer` returns.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/kernels/packed_linear.h"
#include "engine/layers/bert_embedding.h"
#include "engine/layers/encoder_stack.h"
#include "engine/layers/pooling.h"
#include "engine/models/bert_config.h"
#include "engine/models/ragged_batch.h"
#include "engine/models/sentence_config.h"
#include "engine/tensor/arena.h"
#include "engine/weights/safetensors.h"

namespace fovea::models {

struct ModelRun {
  std::function<Result<void>()> before_layer = {};  // its error ends the run: for deadlines and clients that went away
  // Empty, or [rows]: how much the pooled row looks at each token in the last layer, summing to 1 per sequence.
  std::span<float> focus = {};
};

class BertModel {
 public:
  static Result<std::unique_ptr<BertModel>> create(const std::string& folder);

  // Fills out [sequences, width()]. A sequence without tokens gives zeros (or the head's answer to zeros).
  Result<void> run(const RaggedBatch& batch, tensor::Matrix out, tensor::Arena& arena, const ModelRun& how = {}) const;

  bool classifies() const { return config_.classifies; }  // out holds logits, else a pooled embedding
  const std::vector<std::string>& labels() const { return config_.labels; }
  int64_t width() const;  // values of one output row
  int64_t tokens_max() const { return config_.embedding.positions; }
  int64_t vocabulary_size() const { return config_.embedding.vocab; }
  const SentenceConfig& sentence() const { return sentence_; }
  const layers::EncoderShape& shape() const { return config_.encoder; }

 private:
  BertModel() = default;
  Result<void> read_weights(const std::string& path);
  Result<void> check(const RaggedBatch& batch, const tensor::Matrix& out) const;
  layers::Pooling pooling() const {
    if (!classifies()) return sentence_.pooling;
    return config_.mean_head ? layers::Pooling::kMean : layers::Pooling::kFirst;
  }

  BertConfig config_;
  SentenceConfig sentence_;
  std::unique_ptr<layers::BertEmbedding> embedding_;
  std::unique_ptr<layers::EncoderStack> stack_;
  kernels::PackedLinear pooler_;      // hidden → hidden, then tanh
  kernels::PackedLinear classifier_;  // hidden → labels
  const kernels::IsaKernels* isa_ = nullptr;
};

}  // namespace fovea::models
