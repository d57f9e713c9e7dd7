// What config.json says of an encoder, whatever its architecture: shapes, tensor names, the head and its labels.
// Each architecture fills it in (architecture_*.cpp); EncoderModel knows nothing else of them.
// Errors: kInvalidArgument (missing or out of bounds), kUnimplemented (a model_type, activation, kind of position or
// head that is not supported; the hint lists what is); `where` is "FILE: field".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/layers/encoder_stack.h"
#include "engine/layers/logit_head.h"
#include "engine/layers/pooling.h"
#include "engine/layers/token_embedding.h"
#include "engine/weights/config_file.h"

namespace fovea::models {

// BERT's name of a part, and what another architecture calls it. The rows of a fused tensor are told apart by `slice`.
// Parts of a layer stand without "layer.N.".
struct PartName {
  std::string_view ours, theirs;  // theirs empty: the file has no such tensor, and it is zero
  int slice = 0, slices = 1;
};

struct TensorNames {
  std::string_view prefix;                    // names stand under it ("bert.") or bare
  std::string_view layer = "encoder.layer.";  // in front of a layer's number
  std::vector<PartName> parts = {};           // what is not listed keeps BERT's name
};

enum class Output {
  kEmbedding,       // one pooled row a sequence
  kSequenceLogits,  // one row of logits a sequence
  kTokenLogits,     // one row of logits a token
};

struct EncoderConfig {
  std::string model_type;
  layers::TokenEmbeddingShape embedding;
  layers::EncoderShape encoder;
  TensorNames names;
  int64_t tokens_max = 0;                                  // of one sequence
  Output output = Output::kEmbedding;                      // by `architectures`
  layers::LogitHeadShape head;                             // where there are logits
  layers::Pooling head_pooling = layers::Pooling::kFirst;  // the row that a sequence's head reads
  std::vector<std::string> labels;                         // of the logits, by output; else empty
};

Result<EncoderConfig> read_encoder_config(const weights::ConfigFile& file);

}  // namespace fovea::models
