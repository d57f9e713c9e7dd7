// Which handler a method and a path go to. One table holds every route, so that one place can authorise and one test
// can walk all of them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "door/inference/exchange.h"

namespace fovea::wire {

using Handle = void (*)(const ExchangePtr&);

struct Route {
  std::string method;   // "GET" answers HEAD, too
  std::string pattern;  // "/v2/models/{}/infer": {} is a model's name or the like
  Role role = Role::kCaller;
  Dialect dialect = Dialect::kPlain;
  Handle handle = nullptr;
};

struct Match {
  const Route* route = nullptr;    // nullptr: the path is there for other methods only, or not at all
  std::vector<std::string> names;  // of the pattern's {}, as they stand in the path
  std::string allow;               // methods of the path, "GET, POST"; empty: nothing is at the path
  Dialect dialect = Dialect::kPlain;
};

// `path`: without its query; an ending '/' is left out. The first route of the table that fits counts.
Match match(std::span<const Route> routes, std::string_view method, std::string_view path);

}  // namespace fovea::wire
