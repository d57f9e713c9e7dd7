// `fovea encode HF_FOLDER --json`: a text a line in, a JSON object a line out, floats in the shortest form that reads
// back exactly. By what the model answers:
//   {"tokens":N,"embedding":[...]}                      an encoder
//   {"tokens":N,"logits":[...]}                         sequence classification, cross-encoders
//   {"tokens":N,"token_logits":[[...],...],"token_labels":["B-PER",...],"spans":[[begin,end],...]}
//                                                       token classification: the label of the highest logit, bytes of
//                                                       the line
// With `ids` a line holds token ids instead ("101 2023 102"), and token types behind a bar ("101 7 102 | 0 0 0"): for
// tokenizers of one's own; no tokenizer is read, and there are no spans.
// With `pairs` a line holds two texts and a tab between them, as a cross-encoder reads them; where spans are shown they
// are in bytes of the text that "texts" names for each token: 0, 1, or -1 for one that stands around them.
// Streams: lines that are already there are answered together, over all workers; a lone line is answered at once.
// Empty lines are answered too; malformed UTF-8 is read as U+FFFD. Of a line longer than kEncodeLineBytesMax the rest
// is not looked at (the model's own limit of tokens lies far below); with `ids` it is refused. Errors: as
// TextEncoder::create; kInvalidArgument for a line that holds no ids, ids beyond the model or no pair, with its number;
// kUnavailable where the output can no longer be written.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>

#include "base/error.h"

namespace fovea::cli {

constexpr size_t kEncodeLineBytesMax = 1 << 20;
constexpr size_t kEncodeLinesMax = 256;  // answered together

struct EncodeOptions {
  std::string folder;
  int workers = 0;             // 0: as many as the process may use
  std::string precision = {};  // as LoadOptions: none, auto, fp32, bf16 or int8
  bool ids = false;            // lines are token ids
  bool pairs = false;          // lines are pairs of texts
  bool focus = false;  // adds "focus": [[begin, end, weight], ...], bytes of the line; without spans [weight, ...]
};

// REQUIRES for streaming: `in` tells what is there without waiting (std::ios::sync_with_stdio(false) for std::cin).
Result<void> run_encode(const EncodeOptions& options, std::istream& in, std::ostream& out);

}  // namespace fovea::cli
