// The way of every request of a server: its route is found, its caller authorised, and only then is its body read.
// Journey: between a connection and the routes' handlers.
// Borrows `access`, which must outlive it. Threads: any.
// Errors: to clients, in the form of the route's family: 400 (Host), 401, 403, 404, 405, 429 with Retry-After.
#pragma once

#include <expected>
#include <memory>
#include <vector>

#include "door/access/access.h"
#include "door/http/route.h"

namespace fovea::http {

// What is known of a request before its body.
struct Head {
  std::string_view method, target;
  const Headers& headers;
  const Client& client;
  bool host_needed = true;  // false: HTTP/1.0
};

class Router {
 public:
  // kInvalidArgument: a route without a handler or a form of refusals, or a pattern that can never be reached.
  static Result<std::shared_ptr<const Router>> create(std::vector<Route> routes, access::Access& access);

  struct Passage {
    const Route* route = nullptr;
    std::vector<std::string> names;
    access::Caller caller;
  };
  std::expected<Passage, Response> admit(const Head& head) const;
  void serve(Passage passage, Request request, Respond respond) const;
  // Both at once, for requests that do not come over a connection.
  void handle(Request request, Respond respond, const Client& client = {}) const;

  bool guarded() const { return access_.guarded(); }
  const std::vector<Route>& routes() const { return routes_; }

 private:
  Router(std::vector<Route> routes, access::Access& access) : routes_(std::move(routes)), access_(access) {}

  const std::vector<Route> routes_;
  access::Access& access_;
};

}  // namespace fovea::http
