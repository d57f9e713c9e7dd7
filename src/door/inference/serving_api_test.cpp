// Every route with every method: who may, what comes back, and that nothing is answered twice or never.
#include "door/inference/serving_api.h"

#include <set>

#include "door/inference/calling_test.h"

namespace fovea::wire {
namespace {

class ServingApiTest : public Calling {
 protected:
  static std::string path_of(std::string pattern) {
    for (size_t at; (at = pattern.find("{}")) != std::string::npos;) pattern.replace(at, 2, "embed");
    return pattern;
  }
};

constexpr const char* kMethods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"};

TEST_F(ServingApiTest, EveryRouteAndMethodAsksWhoMay) {
  std::vector<Role> asked;
  ServingOptions options;
  options.vertex_health_route = "/vertex/health";
  options.vertex_predict_route = "/vertex/predict";
  serve(options, [&](const http::Request&, Role role) -> Result<Caller> {
    asked.push_back(role);
    return fail(Code::kPermissionDenied, "no");
  });
  ASSERT_GT(api_->routes().size(), 50u);
  for (const Route& route : api_->routes()) {
    for (const char* method : kMethods) {
      asked.clear();
      const http::Response response = call(method, path_of(route.pattern), "{}");
      EXPECT_EQ(response.status, 403) << method << " " << route.pattern;
      ASSERT_EQ(asked.size(), 1u) << method << " " << route.pattern;
      if (method == route.method) {
        EXPECT_EQ(asked[0], route.role) << method << " " << route.pattern;
      }
    }
  }
  asked.clear();
  EXPECT_EQ(get("/nothing/here").status, 403) << "whoever may not look is not told what is there";
  EXPECT_EQ(asked.size(), 1u);
}

TEST_F(ServingApiTest, OnlyHealthIsForAnyoneAndOnlyOperatorsChangeModels) {
  for (const Route& route : all_routes({})) {
    const bool health = route.pattern.find("health") != std::string::npos || route.pattern.ends_with("/ready") ||
                        route.pattern == "/ping";
    EXPECT_EQ(route.role == Role::kAnyone, health) << route.pattern;
    const bool changes = route.method == "DELETE" || route.pattern.ends_with("load") ||
                         route.pattern.ends_with("register") || (route.pattern == "/models" && route.method == "POST");
    EXPECT_EQ(route.role == Role::kOperator, changes) << route.method << " " << route.pattern;
    if (route.method != "POST" && route.method != "DELETE") {
      EXPECT_TRUE(route.role == Role::kViewer || health);
    }
  }
}

TEST_F(ServingApiTest, EveryRouteAnswersAndOtherMethodsAreNotAllowed) {
  std::set<std::string> methods_of_path;
  for (const Route& route : all_routes({})) methods_of_path.insert(route.method + " " + path_of(route.pattern));
  for (const Route& route : all_routes({})) {
    const std::string path = path_of(route.pattern);
    for (const char* method : kMethods) {
      const std::string as = std::string(method) == "HEAD" ? "GET" : method;
      for (const char* body :
           {"", "{}", "[]", "\xff", R"({"inputs":null,"input":[[]],"instances":[[]],"texts":[null]})"}) {
        const http::Response response = call(method, path, body);
        EXPECT_NE(response.status, 0) << method << " " << path << " is not answered";
        EXPECT_NE(response.status, 500) << method << " " << path << " " << body << response.body;
        if (!methods_of_path.contains(as + " " + path)) {
          EXPECT_TRUE(response.status == 405 || response.status == 404) << method << " " << path << response.status;
          EXPECT_FALSE(response.status == 405 && header_in(response, "Allow").empty());
        }
        if (!response.body.empty() && response.content_type == "application/json") {
          EXPECT_TRUE(parse_json(response.body)) << method << " " << path << " " << response.body;
        }
      }
    }
  }
}

TEST_F(ServingApiTest, TheCallersTenantAndPriorityReachTheScheduler) {
  serve({}, [](const http::Request& request, Role) -> Result<Caller> {
    if (header_of(request.headers, "authorization").empty()) return fail(Code::kUnauthenticated, "a key is needed");
    return Caller{"acme", schedule::Priority::kBatch};
  });
  EXPECT_EQ(post("/v1/embeddings", R"({"model":"embed","input":"a"})").status, 401);
  EXPECT_EQ(post("/v1/embeddings", R"({"model":"embed","input":"a"})", {{"Authorization", "Bearer k"}}).status, 200);
  EXPECT_EQ(stub_.last.tenant, "acme");
  EXPECT_EQ(stub_.last.priority, schedule::Priority::kBatch);
}

TEST_F(ServingApiTest, AnExchangeEndsItsWorkOnce) {
  stub_.hold = true;
  int answers = 0;
  ServingApi api(stub_, clock_);
  const auto door = std::make_shared<const Door>(Door{stub_, clock_, {}, {}, clock_.now(), {}, {}});
  auto exchange = std::make_shared<Exchange>(door, http::Request{"POST", "/v1/embeddings", {}, "{}", {}},
                                             [&](const http::Response&) { ++answers; });
  inference::Call call;
  call.model = "embed";
  exchange->submit(call, [](const inference::Reply&) -> Result<http::Response> { return http::Response{}; });
  exchange->cancel();
  exchange->cancel();
  EXPECT_EQ(*stub_.cancelled, 1);
  stub_.held[0](std::unexpected(inference::Failure{{Code::kCancelled, "gone", {}, {}}, Nanos(0), false}));
  EXPECT_EQ(answers, 1);
}

TEST_F(ServingApiTest, AClientThatGoesTakesItsWorkAlong) {
  stub_.hold = true;
  departure_ = std::make_shared<http::Departure>();
  serve({});
  int answers = 0;
  api_->handler()({"POST", "/v1/embeddings", {}, R"({"model":"embed","input":"a"})", departure_},
                  [&](const http::Response&) { ++answers; });
  EXPECT_EQ(*stub_.cancelled, 0);
  departure_->leave();
  EXPECT_EQ(*stub_.cancelled, 1);
  EXPECT_EQ(answers, 0);
}

}  // namespace
}  // namespace fovea::wire
