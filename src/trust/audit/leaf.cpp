#include "trust/audit/leaf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/digest.h"
#include "base/json.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "trust/audit/limits.h"

namespace fovea::audit {
namespace {

constexpr std::array<std::string_view, 3> kKinds = {"decision", "review", "undo"};
constexpr std::string_view kSchema = "fovea.leaf/1";

// At most `bytes_max` bytes, cut between code points.
std::string_view cut(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && (static_cast<uint8_t>(text[bytes_max]) & 0xC0) == 0x80) --bytes_max;
  return text.substr(0, bytes_max);
}

std::string quoted(std::string_view text) {
  return quoted_text(repair_utf8(cut(text, kFlowNameBytesMax)));
}

template <typename Get>
std::string list_of(const std::vector<record::Scored>& scored, const Get& get) {
  std::string out = "[";
  for (size_t i = 0; i < std::min(scored.size(), kScoresMax); ++i) {
    if (i > 0) out += ',';
    out += quoted(get(scored[i]));
  }
  return out + "]";
}

// Left out where no score has one: entries of before precisions were kept can still be made again.
std::string precisions_of(const std::vector<record::Scored>& scored) {
  const auto precision = [](const record::Scored& s) -> std::string_view { return s.prediction.precision; };
  if (std::ranges::all_of(scored, [&](const record::Scored& s) { return precision(s).empty(); })) return {};
  return "\"precisions\":" + list_of(scored, precision) + ",";
}

// Everything that the decision says, framed so that no two different inputs give the same bytes.
std::string committed_text(const record::Decision& decision, LeafKind kind, std::string_view detail) {
  std::string out = fmt::format("{}\n{}\n{}\n", kSchema, kind_name(kind), detail.size());
  out += detail;
  out += canonical_text(record::to_json(decision));
  return out;
}

std::string keyed(std::string_view salt, std::string_view bytes) {
  return to_hex(bytes_of(hmac_sha256(salt, bytes)));
}

}  // namespace

std::string_view kind_name(LeafKind kind) {
  return kKinds[static_cast<size_t>(kind)];
}

std::string make_salt() {
  return random_bytes(kSaltBytes);
}

record::Leaf make_leaf(const record::Decision& decision, std::string_view salt, std::string_view payload_digest,
                       LeafKind kind, std::string_view detail) {
  std::string input = "null";
  if (!payload_digest.empty()) input = '"' + keyed(salt, "input\n" + std::string(payload_digest)) + '"';
  // Written by hand in the order of RFC 8785 (members by name): this stands on the path of every decision.
  record::Leaf leaf;
  leaf.bytes = fmt::format(
      R"({{"at":"{}","decision":"{}","flow":{},"flow_digest":{},"flow_version":{},"human":{},"input":{},"kind":"{}",)"
      R"("models":{},{}"rungs":{},"schema":"{}"}})",
      format_rfc3339(decision.decided_at), keyed(salt, committed_text(decision, kind, detail)), quoted(decision.flow),
      quoted(decision.flow_digest), decision.flow_version, decision.for_human, input, kind_name(kind),
      list_of(decision.scored, [](const record::Scored& s) -> std::string_view { return s.prediction.model; }),
      precisions_of(decision.scored),
      list_of(decision.scored, [](const record::Scored& s) -> std::string_view { return s.rung; }), kSchema);
  return leaf;
}

Result<void> check_leaf(std::string_view leaf, const record::Decision& decision, std::string_view salt,
                        std::string_view payload_digest, LeafKind kind, std::string_view detail) {
  std::string expected = make_leaf(decision, salt, payload_digest, kind, detail).bytes;
  if (leaf == expected) return {};
  auto given = parse_json(leaf), wanted = parse_json(expected);
  std::string differs;
  if (given && wanted && given->is_object()) {
    for (const auto& each : wanted->get_object()) {
      if (member(*given, each.key()) == each.value()) continue;
      differs += (differs.empty() ? "" : ", ") + std::string(each.key());
    }
  }
  if (differs.empty()) differs = "its text";
  return fail(Code::kDataLoss, "the kept decision is not the one in the log; differs in: " + differs);
}

Result<LeafKind> leaf_kind(std::string_view leaf) {
  FOVEA_TRY(Json json, parse_json(leaf));
  std::string_view name = text_or(member(json, "kind"), "");
  for (size_t i = 0; i < kKinds.size(); ++i) {
    if (kKinds[i] == name) return static_cast<LeafKind>(i);
  }
  return fail(Code::kDataLoss, "a leaf of an unknown kind");
}

}  // namespace fovea::audit
