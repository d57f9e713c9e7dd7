// A checkpoint: origin, number of entries and root of a log, as a signed note (C2SP tlog-checkpoint).
#pragma once

#include <string>
#include <string_view>

#include "base/digest.h"
#include "trust/audit/note.h"

namespace fovea::audit {

struct Checkpoint {
  std::string origin;
  uint64_t size = 0;
  Digest root{};
};

std::string checkpoint_text(const Checkpoint& checkpoint);        // the three lines that are signed
Result<Checkpoint> parse_checkpoint_text(std::string_view text);  // strict; extension lines are accepted
std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key);
Result<Checkpoint> open_checkpoint(std::string_view note, const VerifyKey& key);  // the origin must be the key's name

}  // namespace fovea::audit
