// `fovea tokenize FOLDER`: a text a line in, a JSON object a line out: what a Hugging Face folder's tokenizer makes of
// it: {"ids":[...],"spans":[[begin,end],...],"type_ids":[...],"truncated":false}, spans in bytes of the line.
// With `pairs` a line is two texts with a tab between them, as a cross encoder reads them; spans are in bytes of the
// text that "texts" names for each token: 0, 1, or -1 for one that stands around them. With `decode` a line is a list
// of ids ("[101,2023,102]"), the answer {"text":"..."}. Streams: what is there is answered before more is waited for.
// Any bytes are fine; malformed UTF-8 is read as U+FFFD. Of a line longer than kTokenizeLineBytesMax the rest is not
// looked at ("truncated" is true). Errors: those of the folder; kInvalidArgument for a limit below the special tokens,
// and for a line without a tab; kUnavailable where the output can no longer be written.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>

#include "base/error.h"
#include "door/cli/look_commands.h"

namespace fovea::cli {

constexpr size_t kTokenizeLineBytesMax = 1 << 20;

struct TokenizeOptions {
  std::string folder;
  size_t tokens_max = 0;  // 0: no limit
  bool pairs = false;
  bool decode = false, skip_special = false;
};

Result<void> run_tokenize(const TokenizeOptions& options, std::istream& in, std::ostream& out);

void add_tokenize_command(CLI::App& app, Command& chosen);

}  // namespace fovea::cli
