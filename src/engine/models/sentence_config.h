// How a folder of sentence-transformers makes one row of a sequence's rows: modules.json, the folders of its modules
// and sentence_bert_config.json. A folder without modules.json is pooled by the mean, as sentence-transformers does. A
// cross-encoder's modules.json has no pooling: its answer is the classification head's.
// Errors: kInvalidArgument (malformed), kUnimplemented (a module, a pooling or a default prompt that is not supported);
// `where` is "FILE: field".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/layers/pooling.h"
#include "engine/layers/row_activation.h"

namespace fovea::models {

// What follows the pooling: a linear layer and its activation, or scaling to length 1.
struct SentenceStep {
  bool normalise = false;   // else the rest is set
  std::string folder = {};  // has model.safetensors with "linear.weight" [out, in]
  int64_t in = 0, out = 0;
  bool bias = true;
  layers::RowActivation activation = layers::RowActivation::kNone;
};

struct SentenceConfig {
  bool pools = false;  // modules.json has a pooling
  layers::Pooling pooling = layers::Pooling::kMean;
  std::vector<SentenceStep> steps;
  std::optional<int64_t> tokens_max;  // max_seq_length
  bool lower_case = false;            // of sentence_bert_config.json: the text is lowered before it is tokenised
};

Result<SentenceConfig> read_sentence_config(const std::string& folder);

}  // namespace fovea::models
