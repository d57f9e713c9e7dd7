// Reads a tokenizer.json (huggingface/tokenizers 0.23, version "1.0"). docs/formats/tokenizer-json.md lists what is
// supported. Errors: kInvalidArgument (malformed), kUnimplemented (a kind that is not supported, with those that are);
// `where` is "tokenizer.json: field".
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "engine/tokenize/json_field.h"
#include "engine/tokenize/text_pipeline.h"

namespace fovea::tokenize {

struct JsonTokenizer {
  PipelineParts parts;
  std::optional<int64_t> tokens_max;  // truncation.max_length
};

// `config` is the parsed tokenizer_config.json, or null: as in transformers its do_lower_case, strip_accents and
// tokenize_chinese_chars have the last word on a BertNormalizer.
Result<JsonTokenizer> read_tokenizer_json(std::string_view text, const Json& config);

// Its parts, each from its field, which may be absent.
Result<std::vector<NormalizerStep>> read_normalizer(const JsonField& field, const Json& config);
Result<std::vector<PreTokenizerStep>> read_pre_tokenizer(const JsonField& field);
Result<std::unique_ptr<SubwordModel>> read_model(const JsonField& field);
Result<std::shared_ptr<const TextPattern>> read_pattern(const JsonField& field);  // {"String": ...} or {"Regex": ...}
Result<PostProcessor> read_post_processor(const JsonField& field);
Result<Decoder> read_decoder(const JsonField& field);  // absent: a blank between tokens
Result<std::vector<AddedToken>> read_added_tokens(const JsonField& field, const SubwordModel& model);

// What tokenizer_config.json says about a BertNormalizer whose own strip_accents is given or follows lower case.
void apply_bert_config(const Json& config, BertStep& step, std::optional<bool> strip_accents);

// Lets a byte-pair model read bytes where byte letters are the last that happens to the text, and it knows all of them.
void prefer_bytes(PipelineParts& parts, std::vector<PreTokenizerStep> steps);

}  // namespace fovea::tokenize
