// How a folder of sentence-transformers wants its rows pooled: modules.json, 1_Pooling/config.json and
// sentence_bert_config.json. A folder without modules.json is pooled by the mean, as sentence-transformers does.
// Errors: kInvalidArgument (malformed), kUnimplemented (a module or a pooling that is not supported); `where` is
// "FILE: field".
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "engine/layers/pooling.h"

namespace fovea::models {

struct SentenceConfig {
  bool present = false;  // the folder has a modules.json
  layers::Pooling pooling = layers::Pooling::kMean;
  bool normalise = false;
  std::optional<int64_t> tokens_max;  // max_seq_length
  bool lower_case = false;            // of sentence_bert_config.json: the text is lowered before it is tokenised
};

Result<SentenceConfig> read_sentence_config(const std::string& folder);

}  // namespace fovea::models
