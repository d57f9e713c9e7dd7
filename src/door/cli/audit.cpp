#include "door/cli/audit.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/files.h"
#include "door/cli/output.h"
#include "flow/proof.h"
#include "trust/audit/limits.h"
#include "trust/audit/receipt.h"
#include "trust/audit/verify.h"

namespace fovea::cli {
namespace {

constexpr size_t kRowsAtOnce = 512;
constexpr int kVerifyTries = 5;

// Reads the store's rows in order beside the log.
class Rows {
 public:
  explicit Rows(store::Store& store) : store_(store) {}
  Result<void> check(uint64_t index, std::string_view leaf) {
    if (index < first_ || index >= first_ + page_.size()) {
      FOVEA_TRY(page_, store_.proven(index, kRowsAtOnce));
      first_ = index;
      if (page_.empty() || page_.front().index != index) return fail(Code::kDataLoss, "the store has no such entry");
    }
    const store::Proven& row = page_[index - first_];
    if (row.index != index) return fail(Code::kDataLoss, "the store has no such entry");
    if (row.leaf != leaf) return fail(Code::kDataLoss, "the store keeps another text of it");
    return flow::check_row(row);
  }

 private:
  store::Store& store_;
  std::vector<store::Proven> page_;
  uint64_t first_ = 0;
};

struct Outcome {
  audit::Verified log;
  uint64_t pending = 0;  // entries that are kept and not yet under the checkpoint
};

// A log that a run writes to at this moment may change under the walk: then it is walked again.
Result<audit::Verified> walk(store::Store& store, const std::string& dir) {
  RealFiles files;
  audit::Verified verified;
  for (int i = 0; i < kVerifyTries; ++i) {
    auto before = files.read(dir + "/checkpoint", 0, UINT64_MAX);
    Rows rows(store);
    FOVEA_TRY(verified, audit::verify_log(files, dir, [&](uint64_t index, std::string_view leaf) {
                return rows.check(index, leaf);
              }));
    auto after = files.read(dir + "/checkpoint", 0, UINT64_MAX);
    if (verified.ok || before.has_value() != after.has_value() || !before || *before == *after) break;
  }
  return verified;
}

// What the store holds beyond the log: its rows are checked all the same.
Result<void> check_pending(store::Store& store, Outcome& outcome) {
  for (uint64_t next = outcome.log.entries; outcome.log.ok;) {
    FOVEA_TRY(auto rows, store.proven(next, kRowsAtOnce));
    if (rows.empty()) break;
    for (const store::Proven& row : rows) {
      auto checked = row.index == next ? flow::check_row(row) : fail(Code::kDataLoss, "the store has no such entry");
      if (!checked) {
        outcome.log.ok = false;
        outcome.log.first_bad = fmt::format("entry {}: {}", next, checked.error().text());
        return {};
      }
      ++next;
      ++outcome.pending;
    }
  }
  if (!outcome.log.ok) return {};
  FOVEA_TRY(int64_t unproven, store.unproven());
  if (unproven != 0) {
    outcome.log.ok = false;
    outcome.log.first_bad = unproven > 0 ? fmt::format("store: {} decisions are kept that no entry proves", unproven)
                                         : fmt::format("store: {} entries have lost their decision", -unproven);
  }
  return {};
}

Result<Outcome> verify(const AuditOptions& options) {
  FOVEA_TRY(auto store, open_kept(options));
  Outcome outcome;
  auto verified = walk(*store, options.dir() + "/audit");
  if (!verified && verified.error().code != Code::kDataLoss) return std::unexpected(verified.error());
  if (verified) {
    outcome.log = std::move(*verified);
  } else {
    outcome.log.first_bad = "store: " + verified.error().text();
  }
  if (auto checked = check_pending(*store, outcome); !checked) {
    outcome.log.ok = false;
    outcome.log.first_bad = "store: " + checked.error().text();
  }
  return outcome;
}

// The entry as people read it: canonical JSON, a member a line.
void say_entry(const std::string& entry) {
  auto json = parse_json(entry);
  if (!json || !json->is_object()) return say("  " + entry);
  for (const auto& each : json->get_object())
    say(fmt::format("  {} {}", fit(std::string(each.key()), 14), to_text(each.value())));
}

Result<void> prove(const AuditOptions& options) {
  FOVEA_TRY(auto store, open_kept(options));
  FOVEA_TRY(store::Found found, find_decision(*store, options, options.id));
  if (found.leaf < 0) return fail(Code::kDataLoss, "the decision has no entry in the log", options.id);
  RealFiles files;
  std::string dir = options.dir() + "/audit";
  auto receipt = audit::prove(files, dir, static_cast<uint64_t>(found.leaf));
  if (!receipt && receipt.error().code == Code::kOutOfRange)
    return fail(Code::kUnavailable, "the decision is kept but not yet under a signed checkpoint", options.id,
                "a running flow signs one a second; else: fovea run FLOW --once");
  if (!receipt) return std::unexpected(receipt.error());
  std::string text = audit::receipt_text(*receipt);
  if (!options.file.empty()) FOVEA_OK(files.write_atomic(options.file, text));
  if (options.json) {
    JsonObject json{{"event_id", found.decision.event_id}, {"seq", found.seq}, {"entry", found.leaf}};
    json[options.file.empty() ? "receipt" : "file"] = options.file.empty() ? text : options.file;
    answer(json);
    return {};
  }
  if (options.file.empty()) fmt::print("{}", text);
  say(fmt::format("entry {} of the log is the decision on '{}'", found.leaf, found.decision.event_id));
  say_entry(receipt->entry);
  say(dim("anybody can check it offline with the log's public key:"));
  say(dim(fmt::format("  fovea audit check-receipt {} --key {}", options.file.empty() ? "FILE" : options.file,
                      shell_word(dir + "/key.pub"))));
  return {};
}

Result<void> check(const AuditOptions& options) {
  RealFiles files;
  std::string key_path = options.key.empty() ? options.dir() + "/audit/key.pub" : options.key;
  FOVEA_TRY(std::string key_text, files.read(key_path, 0, 4096));
  while (key_text.ends_with('\n')) key_text.pop_back();
  auto key = audit::VerifyKey::parse(key_text);
  if (!key)
    return fail(Code::kInvalidArgument, key.error().message, key_path, "give the key.pub of the log with --key");
  FOVEA_TRY(std::string text, files.read(options.file, 0, audit::kReceiptBytesMax + 1));
  auto receipt = audit::parse_receipt(text);
  if (!receipt) return fail(Code::kInvalidArgument, receipt.error().message, options.file);
  auto checkpoint = audit::verify_receipt(*receipt, *key);
  if (!checkpoint)
    return fail(Code::kDataLoss, "the receipt does not hold: " + checkpoint.error().text(), options.file);
  if (options.json) {
    answer(JsonObject{{"ok", true},
                      {"entry", static_cast<int64_t>(receipt->index)},
                      {"entries", static_cast<int64_t>(checkpoint->size)},
                      {"origin", checkpoint->origin},
                      {"root", to_base64(bytes_of(checkpoint->root))},
                      {"says", receipt->entry}});
    return {};
  }
  say(fmt::format("the receipt holds: entry {} is under the signed checkpoint of {} over {} entries", receipt->index,
                  checkpoint->origin, checkpoint->size));
  say_entry(receipt->entry);
  return {};
}

}  // namespace

int verify_audit(const AuditOptions& options) {
  auto outcome = verify(options);
  if (!outcome) return report(outcome.error(), options.json);
  const audit::Verified& log = outcome->log;
  if (log.ok) {
    say(fmt::format("{} entries, each the proof of one kept decision, review or undo; all lead to the signed root",
                    log.entries));
    say(dim("  root " + log.root));
    if (outcome->pending > 0)
      say(fmt::format("  {} more are kept and wait for the next checkpoint, which a run signs", outcome->pending));
  } else {
    say("fovea: the log does not hold: " + log.first_bad);
  }
  if (options.json) {
    JsonObject json{{"entries", static_cast<int64_t>(log.entries)},
                    {"root", log.root},
                    {"ok", log.ok},
                    {"pending", static_cast<int64_t>(outcome->pending)}};
    if (!log.ok) json["first_bad"] = log.first_bad;
    answer(json);
  }
  return log.ok ? kDone : kFailed;
}

int prove_decision(const AuditOptions& options) {
  auto done = prove(options);
  return done ? kDone : report(done.error(), options.json);
}

int check_receipt(const AuditOptions& options) {
  auto done = check(options);
  return done ? kDone : report(done.error(), options.json);
}

int export_audit(const AuditOptions& options) {
  RealFiles files;
  auto done = audit::export_log(files, options.dir() + "/audit", options.to);
  if (!done) return report(done.error(), options.json);
  say(fmt::format("the log is in {}: checkpoint, public key, tiles and entries; no private key", options.to));
  if (options.json) answer(JsonObject{{"to", options.to}});
  return kDone;
}

}  // namespace fovea::cli
