// For tests of the server: routers without keys, requests as bytes, and what comes back.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "door/http/raw_client_test.h"
#include "door/http/server.h"

namespace fovea::http {

inline std::shared_ptr<const Router> router_of(std::vector<Route> routes, access::Access* access = nullptr) {
  static access::OpenAccess open;
  auto router = Router::create(std::move(routes), access != nullptr ? *access : open);
  EXPECT_TRUE(router) << router.error().text();
  return *router;
}

// GET and POST of any path of one segment go to one handler.
inline std::shared_ptr<const Router> router_to(const std::function<void(Routed)>& handle,
                                               access::Access* access = nullptr) {
  return router_of({{"GET", "/{}", access::Right::kLook, problem_of, handle},
                    {"POST", "/{}", access::Right::kAsk, problem_of, handle}},
                   access);
}

inline ServerOptions on_a_free_port() {
  ServerOptions options;
  options.port = 0;
  return options;
}

inline std::string talk(uint16_t port, std::string_view bytes, int wait_ms = 2000) {
  RawClient client;
  client.wait_at_most(wait_ms);
  if (!client.connect(port)) return "";
  client.send(bytes);
  return client.receive();
}

inline std::string request(std::string_view method, std::string_view target, std::string_view body,
                           std::string_view headers = "") {
  return std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
         std::string(headers) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

// "HTTP/1.1 200" → "200".
inline std::string status_of(std::string_view answer) {
  return answer.size() < 12 ? std::string(answer) : std::string(answer.substr(9, 3));
}

}  // namespace fovea::http
