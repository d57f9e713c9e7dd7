// Where a method and a path go, and what its caller must be allowed to do. All routes of a process stand in one table,
// so that one place authorises (router.h) and one test walks all of them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "door/access/access.h"
#include "door/http/refusal.h"
#include "door/http/request.h"

namespace fovea::http {

// A request that was let in.
struct Routed {
  Request request;
  std::vector<std::string> names;  // of the pattern's {}, as they stand in the path
  access::Caller caller;           // kept as long as the request is worked on
  Respond respond;
};

struct Route {
  std::string method;   // "GET" answers HEAD, too
  std::string pattern;  // "/v2/models/{}/infer": {} is a model's name or the like; an ending may follow ("{}:predict")
  access::Needs needs;  // without it the row does not compile
  Refuse refuse = nullptr;
  std::function<void(Routed)> handle;
  uint64_t body_bytes_max = UINT64_MAX;  // where the route takes less than the server
};

struct Match {
  const Route* route = nullptr;    // nullptr: the path is there for other methods only, or not at all
  std::vector<std::string> names;  // of the pattern's {}
  std::string allow;               // methods of the path, "GET, POST"; empty: nothing is at the path
  Refuse refuse = problem_of;      // the form that clients of the path expect
};

// `path`: without its query; an ending '/' is left out. The first route of the table that fits counts.
Match match(std::span<const Route> routes, std::string_view method, std::string_view path);

}  // namespace fovea::http
