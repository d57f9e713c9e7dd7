#include "stream/connectors/problem.h"

#include "base/http_status.h"

namespace fovea::connectors {
namespace {

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return status < 500 ? "Bad Request" : "Internal Server Error";
  }
}

// What was cancelled may be sent again: 503 says so, 499 does not.
int status_of(Code code) {
  return code == Code::kCancelled ? 503 : http_status(code);
}

}  // namespace

Problem problem(int status, std::string detail, std::string hint) {
  bool retryable = status == 408 || status == 429 || status == 503 || status == 504;
  return {status, std::string(title_of(status)), std::move(detail), std::move(hint), retryable};
}

Problem problem(const Error& error) {
  std::string detail = error.where.empty() ? error.message : error.where + ": " + error.message;
  return problem(status_of(error.code), std::move(detail), error.hint);
}

std::string to_text(const Problem& problem) {
  JsonObject out;
  out["type"] = "about:blank";
  out["title"] = problem.title;
  out["status"] = problem.status;
  out["detail"] = problem.detail;
  if (!problem.hint.empty()) out["hint"] = problem.hint;
  out["retryable"] = problem.retryable;
  return fovea::to_text(Json(std::move(out)));
}

}  // namespace fovea::connectors
