#include "trust/audit/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "trust/audit/limits.h"
#include "trust/audit/merkle.h"

namespace fovea::audit {

std::string checkpoint_text(const Checkpoint& checkpoint) {
  return fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size, to_base64(bytes_of(checkpoint.root)));
}

Result<Checkpoint> parse_checkpoint_text(std::string_view text) {
  auto bad = [](const char* why) { return fail(Code::kInvalidArgument, std::string("not a checkpoint: ") + why); };
  std::string_view lines[3];
  for (std::string_view& line : lines) {
    size_t end = text.find('\n');
    if (end == std::string_view::npos || end == 0) return bad("it has fewer than three lines");
    line = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  while (!text.empty()) {
    size_t end = text.find('\n');
    if (end == std::string_view::npos || end == 0) return bad("an extension line is empty or has no end");
    text.remove_prefix(end + 1);
  }
  Checkpoint out;
  out.origin = lines[0];
  auto [end, error] = std::from_chars(lines[1].data(), lines[1].data() + lines[1].size(), out.size);
  if (error != std::errc() || end != lines[1].data() + lines[1].size() || lines[1] != std::to_string(out.size)) {
    return bad("its size is not a decimal number");
  }
  if (out.size > kEntriesMax) return bad("its size is beyond what this program reads");
  auto root = from_base64(lines[2]);
  if (!root || root->size() != kHashBytes) return bad("its root is not base64 of 32 bytes");
  std::copy(root->begin(), root->end(), out.root.begin());
  if (out.size == 0 && out.root != empty_root()) return bad("an empty log has another root");
  return out;
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key) {
  return sign_note(checkpoint_text(checkpoint), key);
}

Result<Checkpoint> open_checkpoint(std::string_view note, const VerifyKey& key) {
  FOVEA_TRY(std::string text, open_note(note, key));
  FOVEA_TRY(Checkpoint out, parse_checkpoint_text(text));
  if (out.origin != key.name) {
    return fail(Code::kInvalidArgument,
                fmt::format("the checkpoint is of '{}', the key of '{}'", out.origin, key.name));
  }
  return out;
}

}  // namespace fovea::audit
