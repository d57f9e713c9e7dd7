// An HTTP error as RFC 9457 problem+json: what is wrong, for whoever called.
// Journey: made by cloudevents and door/http; sent to the client.
#pragma once

#include <string>

#include "base/error.h"
#include "base/json.h"

namespace fovea::connectors {

inline constexpr std::string_view kProblemType = "application/problem+json";

struct Problem {
  int status = 400;
  std::string title;   // fixed for the status: "Bad Request"
  std::string detail;  // what is wrong here
  std::string hint;    // how to mend it
  bool retryable = false;
};

Problem problem(int status, std::string detail, std::string hint = {});
Problem problem(const Error& error);          // by its code; a hint stays a hint
std::string to_text(const Problem& problem);  // the JSON body

}  // namespace fovea::connectors
