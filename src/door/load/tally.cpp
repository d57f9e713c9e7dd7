#include "door/load/tally.h"

#include "base/utf8.h"
#include "door/load/limits.h"

namespace fovea::load {
namespace {

// One line of what a server said, which may be anything.
std::string one_line(std::string_view text) {
  std::string out = repair_utf8(text.substr(0, kFailureTextMax));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  if (text.size() > kFailureTextMax) out += "...";
  return out;
}

void count_failure(Tally& tally, std::string_view kind, std::string_view text) {
  auto found = tally.failures.find(kind);
  if (found == tally.failures.end()) {
    if (tally.failures.size() >= kFailureKindsMax) kind = "others";
    found = tally.failures.try_emplace(std::string(kind)).first;
    if (found->second.count == 0) found->second.first = one_line(text);
  }
  ++found->second.count;
}

}  // namespace

void Tally::hear(const Heard& heard, int64_t objective_ns) {
  const int64_t latency_ns = heard.done_ns - heard.ticket.due_ns;
  tokens += heard.tokens;
  checked += heard.checked;
  switch (heard.verdict) {
    case Verdict::kAdmitted:
      ++admitted;
      late += latency_ns > objective_ns;
      latency.add(latency_ns);
      service.add(heard.done_ns - heard.sent_ns);
      return;
    case Verdict::kRefused:
      ++refused;
      refusal.add(latency_ns);
      refusal_service.add(heard.done_ns - heard.sent_ns);
      return;
    case Verdict::kFailed:
      ++failed;
      count_failure(*this, heard.kind, heard.text);
      return;
  }
}

void Tally::add(const Tally& other) {
  offered += other.offered;
  admitted += other.admitted;
  late += other.late;
  refused += other.refused;
  failed += other.failed;
  unfinished += other.unfinished;
  checked += other.checked;
  tokens += other.tokens;
  connections += other.connections;
  waited += other.waited;
  latency.add(other.latency);
  service.add(other.service);
  refusal.add(other.refusal);
  refusal_service.add(other.refusal_service);
  lag.add(other.lag);
  for (const auto& [kind, found] : other.failures) {
    Failures& mine = failures[kind];
    if (mine.count == 0) mine.first = found.first;
    mine.count += found.count;
  }
  arrivals_ns = std::max(arrivals_ns, other.arrivals_ns);
  last_ns = std::max(last_ns, other.last_ns);
  cpu_s += other.cpu_s;
}

}  // namespace fovea::load
