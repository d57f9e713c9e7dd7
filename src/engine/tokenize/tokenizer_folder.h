// Reads the tokenizer of a Hugging Face folder as it is: tokenizer.json (WordPiece with BertNormalizer), or vocab.txt;
// and what tokenizer_config.json says about either. Errors: kNotFound (no tokenizer in the folder), kInvalidArgument
// (malformed), kUnimplemented (a kind that is not supported); `where` is "FILE: field".
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "engine/tokenize/word_piece.h"

namespace fovea::tokenize {

struct FolderTokenizer {
  std::unique_ptr<WordPiece> tokenizer;
  std::optional<int64_t> tokens_max;  // model_max_length of tokenizer_config.json, where it is a sensible number
};

Result<FolderTokenizer> read_tokenizer(const std::string& folder);

// The parts, for tests and fuzzers: the text of a tokenizer.json, and of a vocab.txt (one piece a line, LF).
// `config` is the parsed tokenizer_config.json, or null.
Result<WordPieceSetup> setup_from_tokenizer_json(std::string_view text, const Json& config);
Result<WordPieceSetup> setup_from_vocabulary(std::string_view lines, const Json& config);

}  // namespace fovea::tokenize
