// `fovea encode HF_FOLDER --json`: a text a line in, a JSON object a line out.
// {"tokens":N,"embedding":[...]} or {"tokens":N,"logits":[...]}, floats in the shortest form that reads back exactly.
// Streams: lines that are already there are answered together, over all workers; a lone line is answered at once.
// Empty lines are answered too; malformed UTF-8 is read as U+FFFD. Of a line longer than kEncodeLineBytesMax the rest
// is not looked at (the model's own limit of tokens lies far below). Errors: as TextEncoder::create; kUnavailable where
// the output can no longer be written.
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
  int workers = 0;     // 0: as many as the process may use
  bool focus = false;  // adds "focus": [[begin, end, weight], ...], bytes of the line
};

// REQUIRES for streaming: `in` tells what is there without waiting (std::ios::sync_with_stdio(false) for std::cin).
Result<void> run_encode(const EncodeOptions& options, std::istream& in, std::ostream& out);

}  // namespace fovea::cli
