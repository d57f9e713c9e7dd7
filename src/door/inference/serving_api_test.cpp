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

// Says no to everyone, and what it was asked for.
class Asked final : public access::Access {
 public:
  std::expected<access::Caller, access::Denial> authorise(const access::Ask& ask) override {
    rights.push_back(ask.needs.right);
    return std::unexpected(access::Denial{{Code::kPermissionDenied, "no", {}, {}}, Nanos(0)});
  }
  bool guarded() const override { return true; }
  std::vector<Right> rights;
};

TEST_F(ServingApiTest, EveryRouteAndMethodAsksWhoMay) {
  Asked asked;
  ServingOptions options;
  options.vertex_health_route = "/vertex/health";
  options.vertex_predict_route = "/vertex/predict";
  serve(options, &asked);
  ASSERT_GT(router_->routes().size(), 50u);
  for (const http::Route& route : router_->routes()) {
    for (const char* method : kMethods) {
      asked.rights.clear();
      const http::Response response = call(method, path_of(route.pattern), "{}");
      EXPECT_EQ(response.status, 403) << method << " " << route.pattern;
      ASSERT_EQ(asked.rights.size(), 1u) << method << " " << route.pattern;
      if (method == route.method) {
        EXPECT_EQ(asked.rights[0], route.needs.right) << method << " " << route.pattern;
      }
    }
  }
  asked.rights.clear();
  EXPECT_EQ(get("/nothing/here").status, 403) << "whoever may not look is not told what is there";
  EXPECT_EQ(asked.rights, std::vector<Right>{Right::kLook});
}

TEST_F(ServingApiTest, OnlyHealthIsForAnyoneAndOnlyOperatorsChangeModels) {
  for (const Route& route : all_routes({})) {
    const bool health = route.pattern.find("health") != std::string::npos || route.pattern.ends_with("/ready") ||
                        route.pattern == "/ping";
    const Right right = route.needs.right;
    EXPECT_EQ(right == Right::kAnyone, health) << route.pattern;
    const bool changes = route.method == "DELETE" || route.pattern.ends_with("load") ||
                         route.pattern.ends_with("register") || (route.pattern == "/models" && route.method == "POST");
    EXPECT_EQ(right == Right::kOperate, changes) << route.method << " " << route.pattern;
    if (route.method != "POST" && route.method != "DELETE") {
      EXPECT_TRUE(right == Right::kLook || health);
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

// One caller, as a key's entry would make it.
class OneCaller final : public access::Access {
 public:
  std::expected<access::Caller, access::Denial> authorise(const access::Ask&) override { return caller; }
  bool guarded() const override { return true; }
  access::Caller caller;
};

TEST_F(ServingApiTest, TheCallersTenantAndPriorityReachTheScheduler) {
  OneCaller access;
  access.caller.tenant = "acme";
  access.caller.priority = access.caller.priority_best = schedule::Priority::kBatch;
  serve({}, &access);
  EXPECT_EQ(post("/v1/embeddings", R"({"model":"embed","input":"a"})").status, 200);
  EXPECT_EQ(stub_.last.tenant, "acme");
  EXPECT_EQ(stub_.last.priority, schedule::Priority::kBatch);
  const std::string first_of_all =
      R"({"parameters":{"priority":1},"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["a"]}]})";
  EXPECT_EQ(post("/v2/models/embed/infer", first_of_all).status, 200);
  EXPECT_EQ(stub_.last.priority, schedule::Priority::kBatch) << "a request does not lift itself above its key";
}

TEST_F(ServingApiTest, ACallersTokensAreChargedToItsKey) {
  OneCaller access;
  access.caller.quota = std::make_shared<access::Quota>(access::QuotaLimits{0, 2, 0});
  serve({}, &access);
  EXPECT_EQ(access.caller.quota->begin(clock_.steady()).spent, access::Quota::Spent::kNothing);
  EXPECT_EQ(post("/v1/embeddings", R"({"model":"embed","input":["three words here","and four words more"]})").status,
            200);
  EXPECT_EQ(access.caller.quota->begin(clock_.steady()).spent, access::Quota::Spent::kTokens);
}

TEST_F(ServingApiTest, ModelsOfOthersAreNotThere) {
  OneCaller access;
  access.caller.models = std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"embed"});
  serve({}, &access);
  const auto all = stub_.models();
  ASSERT_GT(all.size(), 1u);
  const std::string listed = get("/v1/models").body + post("/v2/repository/index", "{}").body + get("/models").body +
                             get("/v2/models/stats").body;
  for (const auto& each : all) {
    const bool own = each.name == "embed";
    EXPECT_EQ(listed.find('"' + each.name + '"') != std::string::npos, own) << each.name;
    EXPECT_EQ(get("/v2/models/" + each.name).status, own ? 200 : 404) << each.name;
    const std::string body = R"({"model":")" + each.name + R"(","input":"a"})";
    EXPECT_EQ(post("/v1/embeddings", body).status == 404, !own) << each.name;
    EXPECT_EQ(post("/v2/repository/models/" + each.name + "/unload", "").status == 404, !own) << each.name;
  }
}

TEST_F(ServingApiTest, AnExchangeEndsItsWorkOnce) {
  stub_.hold = true;
  int answers = 0;
  const auto door = std::make_shared<const Door>(Door{stub_, clock_, {}, clock_.now(), {}, {}});
  auto exchange = std::make_shared<Exchange>(
      door, http::Routed{{"POST", "/v1/embeddings", {}, "{}", {}}, {}, {}, [&](const http::Response&) { ++answers; }},
      Dialect::kPlain);
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
  router_->handle({"POST", "/v1/embeddings", {{"Host", "localhost"}}, R"({"model":"embed","input":"a"})", departure_},
                  [&](const http::Response&) { ++answers; });
  EXPECT_EQ(*stub_.cancelled, 0);
  departure_->leave();
  EXPECT_EQ(*stub_.cancelled, 1);
  EXPECT_EQ(answers, 0);
}

}  // namespace
}  // namespace fovea::wire
