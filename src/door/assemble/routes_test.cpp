// The one table of routes of `fovea serve`, walked: every route with every method and every kind of caller.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "base/json.h"
#include "door/access/key_access.h"
#include "door/assemble/model_door.h"

namespace fovea::assemble {
namespace {

using access::Right;

constexpr const char* kMethods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"};
constexpr int kReached = 299;  // what the handlers of this test say

// What each route asks of its caller. A route that is not here fails the test: say what it needs, and why that is
// right.
constexpr std::pair<const char*, Right> kTable[] = {
    {"GET /vertex/health", Right::kAnyone},
    {"POST /vertex/predict", Right::kAsk},
    {"GET /v2/health/live", Right::kAnyone},
    {"GET /v2/health/ready", Right::kAnyone},
    {"GET /v2", Right::kLook},
    {"GET /v2/models/stats", Right::kLook},
    {"GET /v2/models/{}", Right::kLook},
    {"GET /v2/models/{}/ready", Right::kAnyone},
    {"GET /v2/models/{}/config", Right::kLook},
    {"GET /v2/models/{}/stats", Right::kLook},
    {"POST /v2/models/{}/infer", Right::kAsk},
    {"GET /v2/models/{}/versions/{}", Right::kLook},
    {"GET /v2/models/{}/versions/{}/ready", Right::kAnyone},
    {"GET /v2/models/{}/versions/{}/config", Right::kLook},
    {"GET /v2/models/{}/versions/{}/stats", Right::kLook},
    {"POST /v2/models/{}/versions/{}/infer", Right::kAsk},
    {"POST /v2/repository/index", Right::kLook},
    {"POST /v2/repository/models/{}/load", Right::kOperate},
    {"POST /v2/repository/models/{}/unload", Right::kOperate},
    {"POST /v2/repository/{}/index", Right::kLook},
    {"POST /v2/repository/{}/models/{}/load", Right::kOperate},
    {"POST /v2/repository/{}/models/{}/unload", Right::kOperate},
    {"GET /v2/systemsharedmemory/status", Right::kLook},
    {"GET /v2/systemsharedmemory/region/{}/status", Right::kLook},
    {"POST /v2/systemsharedmemory/region/{}/register", Right::kOperate},
    {"POST /v2/systemsharedmemory/region/{}/unregister", Right::kOperate},
    {"POST /v2/systemsharedmemory/unregister", Right::kOperate},
    {"GET /v2/cudasharedmemory/status", Right::kLook},
    {"GET /v2/cudasharedmemory/region/{}/status", Right::kLook},
    {"POST /v2/cudasharedmemory/region/{}/register", Right::kOperate},
    {"POST /v2/cudasharedmemory/region/{}/unregister", Right::kOperate},
    {"POST /v2/cudasharedmemory/unregister", Right::kOperate},
    {"POST /v1/models/{}:predict", Right::kAsk},
    {"POST /v1/embeddings", Right::kAsk},
    {"POST /v1/moderations", Right::kAsk},
    {"GET /v1/models", Right::kLook},
    {"GET /v1/models/{}", Right::kLook},
    {"POST /predict", Right::kAsk},
    {"POST /embed", Right::kAsk},
    {"POST /embed_all", Right::kAsk},
    {"POST /rerank", Right::kAsk},
    {"POST /similarity", Right::kAsk},
    {"POST /tokenize", Right::kAsk},
    {"POST /decode", Right::kAsk},
    {"GET /info", Right::kLook},
    {"GET /health", Right::kAnyone},
    {"POST /v2/rerank", Right::kAsk},
    {"POST /v1/rerank", Right::kAsk},
    {"POST /v2/embed", Right::kAsk},
    {"GET /ping", Right::kAnyone},
    {"GET /version", Right::kLook},
    {"POST /invocations", Right::kAsk},
    {"GET /models", Right::kLook},
    {"POST /models", Right::kOperate},
    {"GET /models/{}", Right::kLook},
    {"DELETE /models/{}", Right::kOperate},
    {"POST /endpoints/{}/invocations", Right::kAsk},
    {"POST /models/{}/invoke", Right::kAsk},
    {"POST /", Right::kAsk},
    {"POST /models/{}", Right::kAsk},
    {"POST /pipeline/{}/{}", Right::kAsk},
    {"POST /hf-inference/models/{}", Right::kAsk},
    {"GET /v1/health", Right::kAnyone},
    {"POST /v1/events/{}", Right::kAsk},
    {"OPTIONS /v1/events/{}", Right::kAsk},
    {"POST /v1/decide/{}", Right::kAsk},
};

class Routes : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string name = ::testing::TempDir() + "routes-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    write("flow.yaml",
          "flow: f\nversion: 1\nsource: { http: f }\nsteps:\n"
          "  - score: { as: intent, text: event.body, ladder: [ { default: other } ] }\n");
    std::string keys = "keys:\n";
    for (const auto role : access::kRoleNames) {
      keys += "  - { name: " + std::string(role) + ", key: { env: x }, role: " + std::string(role) + " }\n";
    }
    keys += "  - { name: spent, key: { env: x }, role: admin, quota: { requests_per_minute: 1 } }\n";
    // Keys by their digests: each is "the-long-key-of-NAME".
    for (size_t at; (at = keys.find("{ env: x }")) != std::string::npos;) {
      const size_t begin = keys.rfind("name: ", at) + 6;
      const std::string key = "the-long-key-of-" + keys.substr(begin, keys.find(',', begin) - begin);
      keys.replace(at, 10, "{ sha256: " + to_hex(bytes_of(sha256(key))) + " }");
    }
    write("keys.yaml", keys);
    ModelDoorOptions options;
    options.models.models = {{"null", "null"}};
    options.models.schedule.workers = 1;
    options.http.address = "127.0.0.1:0";
    options.wire.vertex_health_route = "/vertex/health";
    options.wire.vertex_predict_route = "/vertex/predict";
    options.flows = {folder_ + "/flow.yaml"};
    options.state = folder_ + "/state";
    auto door = ModelDoor::open(std::move(options), clock_);
    ASSERT_TRUE(door) << door.error().text();
    door_ = std::move(*door);
    access::KeySource source;
    source.file = folder_ + "/keys.yaml";
    auto made = access::KeyAccess::create(std::move(source), files_, clock_);
    ASSERT_TRUE(made) << made.error().text();
    access_ = std::move(*made);
    auto routes = door_->routes();
    for (http::Route& route : routes) {
      route.handle = [](http::Routed routed) { routed.respond({kReached, "text/plain", "", {}}); };
    }
    auto router = http::Router::create(std::move(routes), *access_);
    ASSERT_TRUE(router);
    router_ = std::move(*router);
  }
  static void TearDownTestSuite() {
    router_.reset();
    access_.reset();
    door_.reset();
    std::filesystem::remove_all(folder_);
  }

  static void write(const std::string& name, const std::string& text) { std::ofstream(folder_ + "/" + name) << text; }
  static http::Response ask(const std::string& method, const std::string& path, const std::string& key) {
    http::Request request{method, path, {{"Host", "example.org"}}, "", {}};
    if (!key.empty()) request.headers.emplace_back("x-api-key", key);
    http::Response out{0, "", "", {}};
    int answers = 0;
    router_->handle(std::move(request), [&](http::Response response) {
      out = std::move(response);
      ++answers;
    });
    EXPECT_EQ(answers, 1) << method << " " << path;
    return out;
  }
  static std::string path_of(std::string pattern) {
    for (size_t at; (at = pattern.find("{}")) != std::string::npos;) pattern.replace(at, 2, "some");
    return pattern;
  }
  // The right that a method and a path ask for: of the first route that fits; of nothing that is there, to look.
  static Right right_of(const std::string& method, const std::string& path, bool& there) {
    const auto found = http::match(router_->routes(), method, path);
    there = found.route != nullptr;
    return there ? found.route->needs.right : Right::kLook;
  }

  static inline const SystemClock clock_;
  static inline RealFiles files_;
  static inline std::string folder_;
  static inline std::unique_ptr<ModelDoor> door_;
  static inline std::unique_ptr<access::KeyAccess> access_;
  static inline std::shared_ptr<const http::Router> router_;
};

TEST_F(Routes, EachAsksForWhatTheTableSays) {
  std::map<std::string, Right> want(std::begin(kTable), std::end(kTable)), have;
  for (const http::Route& route : router_->routes())
    have.emplace(route.method + " " + route.pattern, route.needs.right);
  for (const auto& [route, right] : have) {
    const auto found = want.find(route);
    EXPECT_TRUE(found != want.end() && found->second == right)
        << route << " asks for the right to " << access::name_of(right);
  }
  for (const auto& [route, right] : want) EXPECT_TRUE(have.contains(route)) << route << " is gone";
}

TEST_F(Routes, EveryRouteMethodAndCaller) {
  std::set<std::string> paths{"/nothing/is/here", "/"};
  for (const http::Route& route : router_->routes()) paths.insert(path_of(route.pattern));
  size_t asked = 0;
  for (const std::string& path : paths) {
    for (const std::string method : kMethods) {
      bool there = false;
      const Right right = right_of(method, path, there);
      const bool open = right == Right::kAnyone;
      for (const std::string key : {"", "wrong", "the-long-key-of-nobody"}) {
        const int status = ask(method, path, key).status;
        EXPECT_EQ(status, open ? kReached : 401) << method << " " << path << " with the key '" << key << "'";
        ++asked;
      }
      for (size_t role = 0; role < std::size(access::kRoleNames); ++role) {
        const std::string key = "the-long-key-of-" + std::string(access::kRoleNames[role]);
        const int status = ask(method, path, key).status;
        ++asked;
        if (!access::allows(static_cast<access::Role>(role), right)) {
          EXPECT_EQ(status, 403) << method << " " << path << " with " << key;
        } else if (there) {
          EXPECT_EQ(status, kReached) << method << " " << path << " with " << key;
        } else {
          EXPECT_TRUE(status == 404 || status == 405) << method << " " << path << " " << status;
        }
      }
    }
  }
  EXPECT_GT(asked, 3000u);
}

TEST_F(Routes, OverItsQuotaAKeyIsToldWhenToComeAgainInEachForm) {
  ask("GET", "/v2", "the-long-key-of-spent");
  std::set<std::string> forms;
  for (const http::Route& route : router_->routes()) {
    const std::string path = path_of(route.pattern);
    const http::Response refused = ask(route.method, path, "the-long-key-of-spent");
    if (http::match(router_->routes(), route.method, path).route->needs.right == Right::kAnyone) {
      EXPECT_EQ(refused.status, kReached) << route.method << " " << path;
      continue;
    }
    EXPECT_EQ(refused.status, 429) << route.method << " " << path;
    EXPECT_FALSE(http::value_of(refused.headers, "retry-after").empty()) << path;
    EXPECT_FALSE(http::value_of(refused.headers, "retry-after-ms").empty()) << path;
    EXPECT_EQ(refused.body.find("the-long-key"), std::string::npos);
    const auto json = parse_json(refused.body);
    ASSERT_TRUE(json && json->is_object()) << refused.body;
    std::string form = refused.content_type;
    for (const auto& each : json->as_object()) form += " " + std::string(each.key());
    forms.insert(form);
  }
  EXPECT_EQ(forms, (std::set<std::string>{"application/json error", "application/json error error_type",
                                          "application/json error_code message", "application/json message",
                                          "application/problem+json type title status detail hint retryable"}));
}

TEST_F(Routes, A401SaysHowToAskInEachForm) {
  for (const http::Route& route : router_->routes()) {
    const http::Response refused = ask(route.method, path_of(route.pattern), "");
    if (refused.status == kReached) continue;
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(http::value_of(refused.headers, "www-authenticate"), "Bearer") << route.pattern;
    EXPECT_NE(refused.body.find("x-api-key"), std::string::npos) << refused.body;
  }
}

}  // namespace
}  // namespace fovea::assemble
