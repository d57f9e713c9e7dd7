// The fields of config.json that BERT and its descendants share, under BERT's names.
#pragma once

#include <string_view>

#include "base/error.h"
#include "engine/layers/row_activation.h"
#include "engine/models/encoder_config.h"
#include "engine/weights/config_file.h"

namespace fovea::models {

// num_hidden_layers, hidden_size, num_attention_heads, intermediate_size, layer_norm_eps, hidden_act, vocab_size,
// max_position_embeddings, type_vocab_size. The embedding is as wide as the encoder.
Result<void> read_bert_fields(const weights::ConfigFile& file, EncoderConfig& config);

// vocab_size; embedding and encoder are `hidden` wide.
Result<void> read_vocabulary(const weights::ConfigFile& file, EncoderConfig& config);

Result<layers::Activation> read_activation(const weights::ConfigFile& file, std::string_view field);

// classifier_pooling: the row that a head of sequences reads, "cls" (where there is none) or "mean".
Result<layers::Pooling> read_head_pooling(const weights::ConfigFile& file);

// RoBERTa's head of sequences, which MPNet and ELECTRA have too:
// classifier.out_proj(activation(classifier.dense(row))).
void set_roberta_head(EncoderConfig& config, layers::RowActivation activation);

// As RoBERTa counts: the first token stands at padding + 1.
Result<void> set_positions_behind_padding(const weights::ConfigFile& file, EncoderConfig& config, int64_t padding);

}  // namespace fovea::models
