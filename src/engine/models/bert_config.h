// config.json of a BERT folder: the shape, and which head stands on it.
// Errors: kInvalidArgument (missing or out of bounds), kUnimplemented (a model_type, activation, kind of position or
// head that is not supported; the hint lists what is); `where` is "FILE: field".
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "engine/layers/bert_embedding.h"
#include "engine/layers/encoder_stack.h"
#include "engine/weights/config_file.h"

namespace fovea::models {

struct BertConfig {
  layers::EncoderShape encoder;
  layers::BertEmbeddingShape embedding;
  bool classifies = false;          // architectures name ...ForSequenceClassification
  bool mean_head = false;           // classifier_pooling "mean": the head reads the mean row, without BERT's pooler
  std::vector<std::string> labels;  // of the head, by output; empty where it does not classify
};

Result<BertConfig> read_bert_config(const weights::ConfigFile& file);

}  // namespace fovea::models
