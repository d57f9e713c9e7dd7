// Why a request gets no answer, as each family of clients reads it: a status, an error body, and when to come again.
// Statuses by code: Triton's map for all (400, 404, 501, 500, 503), and what Triton has no code for: 429 where the
// server is full, 504 where the deadline cannot be met, 499 where the client went. TEI differs (see refusal.cpp).
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "door/http/refusal.h"
#include "serve/inference/inference.h"

namespace fovea::wire {

// Whose error body: {"error":"..."} (KServe, Triton, SageMaker, Vertex), and those of their clients.
enum class Dialect : uint8_t { kPlain, kOpenAi, kTei, kCohere, kMlflow };

using http::Refusal;

Refusal refusal(Error error);
Refusal refusal(int status, std::string message, std::string hint = {});
Refusal refusal(inference::Failure failure);

int status_of(Code code, Dialect dialect);
http::Response response_of(const Refusal& refusal, Dialect dialect);  // with http::add_refusal_headers()
http::Refuse refuse_as(Dialect dialect);

}  // namespace fovea::wire
