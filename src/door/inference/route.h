// A row of the table of routes by which models answer: what stands in it besides what every route has (door/http).
#pragma once

#include <string>

#include "door/access/right.h"
#include "door/inference/exchange.h"

namespace fovea::wire {

using access::Right;
using Handle = void (*)(const ExchangePtr&);

struct Route {
  std::string method;   // "GET" answers HEAD, too
  std::string pattern;  // as http::Route's
  access::Needs needs;  // without it the row does not compile
  Dialect dialect = Dialect::kPlain;
  Handle handle = nullptr;
};

}  // namespace fovea::wire
