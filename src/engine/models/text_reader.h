// The tokenizer of a model's folder, held against the model, and how long a text may be.
// Journey: behind EncoderModel, in TextEncoder and in serve's native backend.
// Threads: reading from any number at once.
// Errors: of create(): as read_tokenizer; kInvalidArgument where tokenizer and model do not belong together;
// kUnimplemented for a sentence_bert_config.json that asks for what the tokenizer does not do.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/error.h"
#include "engine/models/encoder_model.h"
#include "engine/tokenize/tokenizer.h"

namespace fovea::models {

struct TextReader {
  std::unique_ptr<tokenize::Tokenizer> tokenizer;
  size_t tokens_max = 0;  // of one text, special tokens included

  // `limit`: fewer tokens than the folder allows; 0: as the folder says.
  static Result<TextReader> create(const std::string& folder, const EncoderModel& model, int64_t limit = 0);
};

// Ids and types (as many, or none) that the model has. Errors: kInvalidArgument; `where` is
// passed on.
Result<void> check_ids(const EncoderModel& model, std::span<const int32_t> ids, std::span<const int32_t> types,
                       const std::string& where);

}  // namespace fovea::models
