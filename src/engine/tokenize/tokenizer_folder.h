// Reads the tokenizer of a Hugging Face folder as it is: tokenizer.json, else vocab.txt (WordPiece), else vocab.json
// and merges.txt (byte-level BPE of GPT-2 or RoBERTa); and what tokenizer_config.json says about either.
// Errors: kNotFound (no tokenizer in the folder), kInvalidArgument (malformed), kUnimplemented (a kind that is not
// supported, with those that are); `where` is "FILE: field".
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "engine/tokenize/text_pipeline.h"

namespace fovea::tokenize {

struct FolderTokenizer {
  std::unique_ptr<Tokenizer> tokenizer;
  // model_max_length of tokenizer_config.json where it is a sensible number, else truncation.max_length.
  std::optional<int64_t> tokens_max;
};

Result<FolderTokenizer> read_tokenizer(const std::string& folder);

// The older files, as text. `config` is the parsed tokenizer_config.json, or null.
Result<PipelineParts> parts_from_vocabulary(std::string_view lines, const Json& config);  // vocab.txt, ends with LF
Result<PipelineParts> parts_from_merges(std::string_view vocabulary, std::string_view merges, const Json& config);

}  // namespace fovea::tokenize
