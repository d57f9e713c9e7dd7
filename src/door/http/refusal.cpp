#include "door/http/refusal.h"

#include "base/http_status.h"
#include "stream/connectors/problem.h"

namespace fovea::http {
namespace {

constexpr int64_t kNanosPerMs = 1'000'000;

}  // namespace

void add_refusal_headers(const Refusal& refusal, Response& response) {
  if (refusal.retry_after > Nanos(0)) {
    const int64_t ms = (refusal.retry_after.count() + kNanosPerMs - 1) / kNanosPerMs;
    response.headers.emplace_back("Retry-After", std::to_string((ms + 999) / 1000));
    response.headers.emplace_back("retry-after-ms", std::to_string(ms));
  }
  if (!refusal.retry_helps) response.headers.emplace_back("x-should-retry", "false");
  if (refusal.retry_after > Nanos(0) && refusal.retry_helps) response.headers.emplace_back("x-should-retry", "true");
  if (!refusal.allow.empty()) response.headers.emplace_back("Allow", refusal.allow);
  if (response.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
}

Refusal refusal_of(access::Denial denial) {
  return {0, std::move(denial.error), denial.retry_after, true, {}};
}

Response problem_of(const Refusal& refusal) {
  const int status = refusal.status != 0 ? refusal.status : http_status(refusal.error.code);
  const Error& error = refusal.error;
  const std::string detail = error.where.empty() ? error.message : error.where + ": " + error.message;
  Response response{status,
                    std::string(connectors::kProblemType),
                    connectors::to_text(connectors::problem(status, detail, error.hint)),
                    {}};
  add_refusal_headers(refusal, response);
  return response;
}

}  // namespace fovea::http
