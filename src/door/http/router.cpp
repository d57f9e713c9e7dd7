#include "door/http/router.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "door/http/limits.h"

namespace fovea::http {
namespace {

// "localhost:8080", "127.0.0.1", "[::1]:80".
bool names_this_machine(std::string_view host) {
  if (host == "[::1]" || host.starts_with("[::1]:")) return true;
  const std::string name(host.substr(0, host.find(':')));
  if (same_name(name, "localhost")) return true;
  in_addr address{};
  return ::inet_pton(AF_INET, name.c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

// Where no keys are asked for, a page in a browser may still reach loopback: only this machine's own names are let in.
std::optional<Refusal> from_elsewhere(const Headers& headers) {
  if (!names_this_machine(value_of(headers, "host"))) {
    return Refusal{403,
                   {Code::kPermissionDenied,
                    "the Host is not this machine",
                    {},
                    "give the server keys to be reached by another name"},
                   Nanos(0),
                   true,
                   {}};
  }
  const std::string_view origin = value_of(headers, "origin");
  const size_t scheme = origin.find("://");
  if (!origin.empty() && (scheme == std::string_view::npos || !names_this_machine(origin.substr(scheme + 3)))) {
    return Refusal{403,
                   {Code::kPermissionDenied, "requests from a page elsewhere are refused", {}, "give the server keys"},
                   Nanos(0),
                   true,
                   {}};
  }
  return std::nullopt;
}

Refusal no_such_route(const Head& head, std::string_view path, const std::string& allow) {
  if (allow.empty()) {
    const std::string_view shown = path.substr(0, kPathShownMax);
    return {0,
            {Code::kNotFound, fmt::format("nothing is at '{}'", shown), {}, "GET /v2 and GET /v1/models say what is"},
            Nanos(0),
            true,
            {}};
  }
  return {
      405,
      {Code::kInvalidArgument, fmt::format("{} is not allowed here", head.method.substr(0, 20)), {}, "send " + allow},
      Nanos(0),
      true,
      allow};
}

}  // namespace

Result<std::shared_ptr<const Router>> Router::create(std::vector<Route> routes, access::Access& access) {
  for (const Route& route : routes) {
    if (!route.handle || route.refuse == nullptr || !route.pattern.starts_with('/')) {
      return fail(Code::kInvalidArgument, fmt::format("the route {} {} is not whole", route.method, route.pattern));
    }
  }
  return std::shared_ptr<const Router>(new Router(std::move(routes), access));
}

std::expected<Router::Passage, Response> Router::admit(const Head& head) const {
  const std::string_view path = head.target.substr(0, head.target.find('?'));
  Match found = match(routes_, head.method, path);
  const auto refused = [&](const Refusal& refusal) { return std::unexpected(found.refuse(refusal)); };
  const auto hosts =
      std::ranges::count_if(head.headers, [](const auto& each) { return same_name(each.first, "host"); });
  if (hosts > 1 || (hosts == 0 && head.host_needed)) {  // RFC 9112 3.2
    return refused({400, {Code::kInvalidArgument, "a request has one Host", {}, {}}, Nanos(0), true, {}});
  }
  if (!access_.guarded()) {
    if (const auto elsewhere = from_elsewhere(head.headers)) return refused(*elsewhere);
  }
  const std::string_view key =
      access::key_of(value_of(head.headers, "authorization"), value_of(head.headers, "x-api-key"));
  // Whoever may not look is not told what is there.
  const access::Needs needs = found.route ? found.route->needs : access::Needs(access::Right::kLook);
  auto caller = access_.authorise({needs, key, head.client.names});
  if (!caller) return refused(refusal_of(std::move(caller.error())));
  if (!found.route) return refused(no_such_route(head, path, found.allow));
  return Passage{found.route, std::move(found.names), std::move(*caller)};
}

void Router::serve(Passage passage, Request request, Respond respond) const {
  passage.route->handle({std::move(request), std::move(passage.names), std::move(passage.caller), std::move(respond)});
}

void Router::handle(Request request, Respond respond, const Client& client) const {
  auto passage = admit({request.method, request.target, request.headers, client, false});
  if (!passage) return respond(std::move(passage.error()));
  serve(std::move(*passage), std::move(request), std::move(respond));
}

}  // namespace fovea::http
