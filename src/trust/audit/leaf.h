// What the log says of a decision: which flow, models and rungs decided, when, and keyed commitments to everything
// else. A leaf holds no personal data, not even hashed: ids, keys, texts and outputs enter it only through HMAC-SHA-256
// under a salt of the record's own, which the store keeps and an erasure destroys. Without the salt a commitment tells
// nothing. Journey: made by flow after a decision; kept by store in the decision's transaction; hashed into the log.
// Cost: one canonical text and one HMAC over it.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "record/decision.h"
#include "record/leaf.h"

namespace fovea::audit {

enum class LeafKind { kDecision, kReview, kUndo };
std::string_view kind_name(LeafKind kind);

std::string make_salt();  // kSaltBytes random bytes

// `payload_digest`: of the redacted payload that the store keeps, empty if none. `detail`: who answered and what
// (kReview), digests of the effects undone (kUndo); enters the commitment only. The leaf's index is the store's to
// give.
record::Leaf make_leaf(const record::Decision& decision, std::string_view salt, std::string_view payload_digest,
                       LeafKind kind = LeafKind::kDecision, std::string_view detail = {});

// Says whether `leaf` is the leaf of exactly this decision. Error: kDataLoss, naming what differs.
Result<void> check_leaf(std::string_view leaf, const record::Decision& decision, std::string_view salt,
                        std::string_view payload_digest, LeafKind kind = LeafKind::kDecision,
                        std::string_view detail = {});

Result<LeafKind> leaf_kind(std::string_view leaf);

}  // namespace fovea::audit
