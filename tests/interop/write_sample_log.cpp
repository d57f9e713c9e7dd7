// Writes an exported log of 70,000 entries, and receipts for some, for a third-party verifier: write_sample_log DIR.
#include <cstdio>
#include <vector>

#include "trust/audit/log.h"
#include "trust/audit/receipt.h"

namespace fovea::audit {
namespace {

constexpr uint64_t kEntries = 70'000;

Result<void> write(const std::string& dir) {
  RealFiles files;
  std::string log_dir = dir + "/log", to = dir + "/export";
  SigningKey key = SigningKey::from_seed("example.test/log", {4, 2});
  FOVEA_OK(files.write_atomic(log_dir + "/key.pub", key.verify_key().text() + "\n"));
  FOVEA_TRY(auto log, AuditLog::create(files, log_dir, key));
  std::vector<record::Leaf> leaves;
  for (uint64_t i = 0; i < kEntries; ++i) leaves.push_back({i, "{\"entry\":" + std::to_string(i) + "}"});
  FOVEA_OK(log->append(leaves));
  FOVEA_OK(log->publish());
  FOVEA_OK(export_log(files, log_dir, to));
  for (uint64_t index : {uint64_t{0}, uint64_t{255}, uint64_t{256}, uint64_t{65'535}, kEntries - 1}) {
    FOVEA_TRY(Receipt receipt, prove(files, log_dir, index));
    FOVEA_OK(files.write_atomic(dir + "/receipts/" + std::to_string(index) + ".tlog-proof", receipt_text(receipt)));
  }
  return {};
}

}  // namespace
}  // namespace fovea::audit

int main(int argc, char** argv) {
  if (argc != 2) return std::fputs("usage: write_sample_log DIR\n", stderr), 2;
  auto written = fovea::audit::write(argv[1]);
  if (!written) return std::fprintf(stderr, "%s\n", written.error().text().c_str()), 1;
  return 0;
}
