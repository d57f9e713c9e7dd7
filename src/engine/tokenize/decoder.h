// The decoder of a tokenizer.json: steps by which tokens become a text again, equal to the reference
// (huggingface/tokenizers 0.23, decoders/). Without a decoder a blank stands between tokens.
// Threads: any. Errors: kOutOfRange where the text grows beyond kTextBytesMax.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "engine/tokenize/text_pattern.h"

namespace fovea::tokenize {

// "ByteLevel": GPT-2's letters are bytes; a token with another character in it stays as it is.
struct BytesFromLetters {};
// "WordPiece": a blank before each token that does not go on with a word; `cleanup`: none before "." and the like.
struct JoinPieces {
  std::string prefix = "##";
  bool cleanup = true;
};
// "Metaspace": the replacement is a blank; the first token's goes, unless none was put before texts.
struct BlanksFromMetaspace {
  std::string replacement = "\u2581";
  bool prepended = true;
};
// "BPEDecoder": the suffix ends a word.
struct BlanksFromSuffix {
  std::string suffix = "</w>";
};
// "CTC": the same token twice is one, padding is nothing, a delimiter a blank.
struct JoinFrames {
  std::string pad = "<pad>", delimiter = "|";
  bool cleanup = true;
};
struct ReplaceInTokens {
  std::shared_ptr<const TextPattern> pattern;
  std::string fresh;
};
// "Strip": up to so many of one character off a token's begin and end.
struct StripTokens {
  std::string character;
  size_t begin = 0, end = 0;
};
// "ByteFallback": runs of <0x..> are bytes, or as many U+FFFD where they are no UTF-8.
struct BytesFromNames {};
struct JoinAll {};  // "Fuse"

using DecoderStep = std::variant<BytesFromLetters, JoinPieces, BlanksFromMetaspace, BlanksFromSuffix, JoinFrames,
                                 ReplaceInTokens, StripTokens, BytesFromNames, JoinAll>;

class Decoder {
 public:
  Decoder() = default;  // a blank between tokens
  explicit Decoder(std::vector<DecoderStep> steps) : steps_(std::move(steps)) {}

  Result<std::string> text_of(std::vector<std::string> tokens) const;

 private:
  std::optional<std::vector<DecoderStep>> steps_;
};

}  // namespace fovea::tokenize
