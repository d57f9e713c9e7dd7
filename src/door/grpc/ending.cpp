#include "door/grpc/ending.h"

namespace fovea::rpc {
namespace {

constexpr int64_t kNanosPerMs = 1'000'000, kNanosPerSecond = 1'000'000'000;

void append_varint(uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void append_number(int field, int64_t value, std::string& out) {
  append_varint(static_cast<uint64_t>(field) << 3, out);
  append_varint(static_cast<uint64_t>(value), out);
}

void append_bytes(int field, std::string_view bytes, std::string& out) {
  append_varint(static_cast<uint64_t>(field) << 3 | 2, out);
  append_varint(bytes.size(), out);
  out += bytes;
}

// google.rpc.Status {code = 1, message = 2, details = 3} with an Any {type_url = 1, value = 2} of google.rpc.RetryInfo
// {retry_delay = 1}, a Duration {seconds = 1, nanos = 2}: five fields, not worth a dependency on their protos.
std::string status_details(const Ending& ending) {
  std::string delay, info, any, status;
  append_number(1, ending.retry_after.count() / kNanosPerSecond, delay);
  append_number(2, ending.retry_after.count() % kNanosPerSecond, delay);
  append_bytes(1, delay, info);
  append_bytes(1, "type.googleapis.com/google.rpc.RetryInfo", any);
  append_bytes(2, info, any);
  append_number(1, static_cast<int64_t>(ending.error->code), status);
  append_bytes(2, ending.error->text(), status);
  append_bytes(3, any, status);
  return status;
}

}  // namespace

Ending ending(Error error) {
  return {std::move(error), Nanos(0), true};
}

Ending ending_of(inference::Failure failure) {
  return {std::move(failure.error), failure.retry_after, failure.retry_helps};
}

Ending ending_of(access::Denial denial) {
  return {std::move(denial.error), denial.retry_after, true};
}

Metadata trailers_of(const Ending& ending) {
  if (!ending.error) return {};
  if (!ending.retry_helps) return {{"grpc-retry-pushback-ms", "-1"}};
  if (ending.retry_after <= Nanos(0)) return {};
  const int64_t ms = (ending.retry_after.count() + kNanosPerMs - 1) / kNanosPerMs;
  return {{"grpc-retry-pushback-ms", std::to_string(ms)}, {"grpc-status-details-bin", status_details(ending)}};
}

}  // namespace fovea::rpc
