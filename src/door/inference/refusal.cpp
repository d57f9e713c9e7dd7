#include "door/inference/refusal.h"

#include <fmt/format.h>

#include "base/http_status.h"
#include "base/json.h"

namespace fovea::wire {
namespace {

template <Dialect kDialect>
http::Response refused(const Refusal& refusal) {
  return response_of(refusal, kDialect);
}

std::string_view openai_type(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 429:
      return "rate_limit_error";
    default:
      return status < 500 ? "invalid_request_error" : "server_error";
  }
}

std::string_view tei_type(int status) {
  switch (status) {
    case 400:
      return "Empty";
    case 424:
      return "Backend";
    case 429:
      return "Overloaded";
    case 500:
    case 503:
    case 504:
      return "Unhealthy";
    default:
      return "Validation";
  }
}

std::string_view mlflow_code(int status) {
  switch (status) {
    case 401:
      return "UNAUTHENTICATED";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
      return "RESOURCE_DOES_NOT_EXIST";
    case 429:
      return "REQUEST_LIMIT_EXCEEDED";
    case 501:
      return "NOT_IMPLEMENTED";
    case 503:
    case 504:
      return "TEMPORARILY_UNAVAILABLE";
    default:
      return status < 500 ? "BAD_REQUEST" : "INTERNAL_ERROR";
  }
}

JsonObject openai_error(const Refusal& refusal, int status, const std::string& text) {
  JsonObject error;
  error["message"] = text;
  error["type"] = openai_type(status);
  error["param"] = refusal.error.where.empty() ? Json(nullptr) : Json(refusal.error.where);
  error["code"] = refusal.error.code == Code::kNotFound ? Json("model_not_found") : Json(nullptr);
  JsonObject body;
  body["error"] = std::move(error);
  return body;
}

JsonObject body_of(const Refusal& refusal, int status, Dialect dialect) {
  const std::string text = refusal.error.text();
  JsonObject body;
  switch (dialect) {
    case Dialect::kOpenAi:
      return openai_error(refusal, status, text);
    case Dialect::kPlain:
      body["error"] = text;
      break;
    case Dialect::kTei:
      body["error"] = text;
      body["error_type"] = tei_type(status);
      break;
    case Dialect::kCohere:
      body["message"] = text;
      break;
    case Dialect::kMlflow:
      body["error_code"] = mlflow_code(status);
      body["message"] = text;
      break;
  }
  return body;
}

}  // namespace

Refusal refusal(Error error) {
  return {0, std::move(error), Nanos(0), true, {}};
}

Refusal refusal(int status, std::string message, std::string hint) {
  return {status, {Code::kInvalidArgument, std::move(message), {}, std::move(hint)}, Nanos(0), true, {}};
}

Refusal refusal(inference::Failure failure) {
  return {0, std::move(failure.error), failure.retry_after, failure.retry_helps, {}};
}

int status_of(Code code, Dialect dialect) {
  const int status = http_status(code);
  if (dialect != Dialect::kTei) return status;
  if (code == Code::kOutOfRange) return 413;          // too many tokens
  if (code == Code::kFailedPrecondition) return 424;  // the model does something else
  return status == 400 ? 422 : status == 500 ? 424 : status;
}

http::Response response_of(const Refusal& refusal, Dialect dialect) {
  const int status = refusal.status != 0 ? refusal.status : status_of(refusal.error.code, dialect);
  http::Response response{status, "application/json", to_text(Json(body_of(refusal, status, dialect))), {}};
  http::add_refusal_headers(refusal, response);
  return response;
}

http::Refuse refuse_as(Dialect dialect) {
  switch (dialect) {
    case Dialect::kPlain:
      return refused<Dialect::kPlain>;
    case Dialect::kOpenAi:
      return refused<Dialect::kOpenAi>;
    case Dialect::kTei:
      return refused<Dialect::kTei>;
    case Dialect::kCohere:
      return refused<Dialect::kCohere>;
    case Dialect::kMlflow:
      return refused<Dialect::kMlflow>;
  }
  return refused<Dialect::kPlain>;
}

}  // namespace fovea::wire
