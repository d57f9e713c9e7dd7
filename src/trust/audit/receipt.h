// A receipt for one entry (C2SP tlog-proof): its index, the inclusion proof and the checkpoint, in one small text that
// anybody can check offline with the log's public key. The entry itself travels in the `extra` line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "trust/audit/checkpoint.h"

namespace fovea::audit {

struct Receipt {
  std::string entry;
  uint64_t index = 0;
  std::vector<Digest> proof;
  std::string checkpoint;  // the signed note
};

std::string receipt_text(const Receipt& receipt);
Result<Receipt> parse_receipt(std::string_view text);

// Errors: kOutOfRange for an entry that is not (yet) under the checkpoint.
Result<Receipt> prove(Files& files, const std::string& dir, uint64_t index);
// Error: kUnauthenticated for the checkpoint, kDataLoss for the proof. Gives the checkpoint that vouches.
Result<Checkpoint> verify_receipt(const Receipt& receipt, const VerifyKey& key);

// Copies checkpoint, key.pub, tiles and entries into the new folder `to`, without the private key.
Result<void> export_log(Files& files, const std::string& dir, const std::string& to);

}  // namespace fovea::audit
