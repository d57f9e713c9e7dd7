#include "flow/proof.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "trust/audit/leaf.h"

namespace fovea::flow {
namespace {

constexpr size_t kLeavesAtOnce = 4'096;

}  // namespace

Result<void> feed_log(store::Store& store, audit::AuditLog& log) {
  for (;;) {
    FOVEA_TRY(auto leaves, store.leaves(log.next_index(), kLeavesAtOnce));
    if (leaves.empty()) return {};
    FOVEA_OK(log.append(leaves));
  }
}

std::string review_detail(const std::string& by, const std::string& label) {
  return fmt::format("{}:{}\n{}", by.size(), by, label);
}

record::Decision undone_decision(record::Decision decision, TimePoint at) {
  decision.decided_at = at;
  return decision;
}

Result<void> check_row(const store::Proven& row) {
  using Of = store::Proven::Of;
  if (row.of == Of::kNothing) return fail(Code::kDataLoss, "the store keeps no decision for it");
  std::string event = fmt::format("event #{}", row.seq);
  auto json = parse_json(row.decision);
  auto decision = json ? record::decision_from_json(*json) : Result<record::Decision>(std::unexpected(json.error()));
  if (!decision) return fail(Code::kDataLoss, "the kept decision cannot be read", event);
  audit::LeafKind kind = audit::LeafKind::kDecision;
  std::string detail;
  if (row.of == Of::kReview) {
    kind = audit::LeafKind::kReview;
    detail = review_detail(row.by, row.label);
  } else if (row.of == Of::kUndo) {
    kind = audit::LeafKind::kUndo;
    detail = row.detail;
    decision = undone_decision(std::move(*decision), row.at);
  }
  if (auto same = audit::check_leaf(row.leaf, *decision, row.salt, row.payload_digest, kind, detail); !same)
    return fail(Code::kDataLoss, same.error().message, event);
  if (!row.payload) return {};
  Digest actual = sha256(*row.payload);
  if (bytes_of(actual) != row.payload_digest)
    return fail(Code::kDataLoss, "the kept payload is not the one that was decided on", event);
  return {};
}

}  // namespace fovea::flow
