// Sends requests to a ServingApi over a StubInference without a socket.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstring>
#include <string>

#include "base/json.h"
#include "door/http/departure.h"
#include "door/http/router.h"
#include "door/inference/header_text.h"
#include "door/inference/serving_api.h"
#include "door/wire/stub_inference_test.h"

namespace fovea::wire {

// A 4-byte little-endian length and the bytes, as BYTES elements are written.
inline std::string element(std::string_view text) {
  const auto length = static_cast<uint32_t>(text.size());
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + std::string(text);
}
inline std::string int64s(std::initializer_list<int64_t> values) {
  std::string out;
  for (const int64_t each : values) out.append(reinterpret_cast<const char*>(&each), sizeof each);
  return out;
}
inline std::vector<float> floats_in(std::string_view bytes) {
  std::vector<float> out(bytes.size() / sizeof(float));
  std::memcpy(out.data(), bytes.data(), out.size() * sizeof(float));
  return out;
}
inline std::vector<float> floats_in(const Json& array) {
  std::vector<float> out;
  for (const Json& each : array.as_array()) out.push_back(static_cast<float>(number_or(each, -1e9)));
  return out;
}

class Calling : public ::testing::Test {
 protected:
  // Starts over with these options.
  void serve(ServingOptions options, access::Access* access = nullptr) {
    api_ = std::make_unique<ServingApi>(stub_, clock_, std::move(options));
    auto router = http::Router::create(api_->routes(), access != nullptr ? *access : open_);
    ASSERT_TRUE(router) << router.error().text();
    router_ = std::move(*router);
  }
  http::Response call(std::string method, std::string target, std::string body = {}, http::Headers headers = {}) {
    if (!api_) serve({});
    struct Waiting {
      std::mutex mutex;
      std::condition_variable more;
      std::optional<http::Response> response;
    };
    auto waiting = std::make_shared<Waiting>();
    headers.emplace_back("Host", "localhost");
    router_->handle({std::move(method), std::move(target), std::move(headers), std::move(body), departure_},
                    [waiting](http::Response response) {
                      const std::lock_guard lock(waiting->mutex);
                      if (!waiting->response) waiting->response = std::move(response);
                      waiting->more.notify_all();
                    });
    std::unique_lock lock(waiting->mutex);
    waiting->more.wait_for(lock, std::chrono::seconds(60), [&] { return waiting->response.has_value(); });
    if (!waiting->response) return {0, "", "no answer", {}};
    return *waiting->response;
  }
  http::Response post(std::string target, std::string body, http::Headers headers = {}) {
    return call("POST", std::move(target), std::move(body), std::move(headers));
  }
  http::Response get(std::string target) { return call("GET", std::move(target)); }
  // The row that a text gets from the stub.
  static std::vector<float> row_of(std::string_view text, size_t width) {
    tokenize::Encoding encoding;
    StubTokenizer().encode(text, StubInference::kTokensMax, encoding);
    return StubInference::row(encoding.ids, width);
  }
  static Json json_of(const http::Response& response) {
    auto json = parse_json(response.body);
    EXPECT_TRUE(json) << response.body;
    return json ? *json : Json(nullptr);
  }
  static std::string header_in(const http::Response& response, std::string_view name) {
    return std::string(header_of(response.headers, name));
  }

  VirtualClock clock_{TimePoint{1'700'000'000'000'000'000}};
  StubInference stub_;
  access::OpenAccess open_;
  std::unique_ptr<ServingApi> api_;
  std::shared_ptr<const http::Router> router_;
  std::shared_ptr<http::Departure> departure_;  // of the requests' client
};

}  // namespace fovea::wire
