#include "door/http/router.h"

#include "door/http/talking_test.h"

namespace fovea::http {
namespace {

void nothing(Routed routed) {
  routed.respond({});
}

TEST(Route, TheFirstThatFits) {
  const std::vector<Route> routes{{"GET", "/v1/models", access::Right::kLook, problem_of, nothing},
                                  {"POST", "/v1/models/{}:predict", access::Right::kAsk, problem_of, nothing},
                                  {"GET", "/v1/models/{}", access::Right::kLook, problem_of, nothing},
                                  {"DELETE", "/v1/models/{}", access::Right::kOperate, problem_of, nothing},
                                  {"POST", "/", access::Right::kAsk, problem_of, nothing}};
  const auto at = [&](std::string_view method, std::string_view path) -> const Route* {
    return match(routes, method, path).route;
  };
  EXPECT_EQ(at("GET", "/v1/models"), &routes[0]);
  EXPECT_EQ(at("GET", "/v1/models/"), &routes[0]) << "an ending '/' is left out";
  EXPECT_EQ(at("HEAD", "/v1/models"), &routes[0]);
  EXPECT_EQ(at("POST", "/v1/models/a:predict"), &routes[1]);
  EXPECT_EQ(match(routes, "POST", "/v1/models/a:b:predict").names, std::vector<std::string>{"a:b"});
  EXPECT_EQ(at("POST", "/v1/models/:predict"), nullptr) << "a name is not empty";
  EXPECT_EQ(at("POST", "/"), &routes[4]);
  for (const char* path : {"", "*", "v1/models", "/v1", "/v1/models/a/b", "//v1/models", "/v1//models"}) {
    EXPECT_EQ(at("GET", path), nullptr) << path;
  }
  EXPECT_EQ(match(routes, "PUT", "/v1/models/a").allow, "GET, DELETE");
  EXPECT_EQ(match(routes, "PUT", "/nowhere").allow, "");
}

TEST(Router, ARouteThatIsNotWholeDoesNotStart) {
  access::OpenAccess open;
  EXPECT_FALSE(Router::create({{"GET", "/x", access::Right::kLook, problem_of, {}}}, open));
  EXPECT_FALSE(Router::create({{"GET", "/x", access::Right::kLook, nullptr, nothing}}, open));
  EXPECT_FALSE(Router::create({{"GET", "x", access::Right::kLook, problem_of, nothing}}, open));
}

// The place of a key's requests at once is its own until the answer, and no longer.
class OnePlace final : public access::Access {
 public:
  std::expected<access::Caller, access::Denial> authorise(const access::Ask&) override {
    if (taken.use_count() > 1) {
      return std::unexpected(
          access::Denial{{Code::kResourceExhausted, "one at a time", {}, {}}, std::chrono::milliseconds(1500)});
    }
    access::Caller caller;
    caller.place = taken;
    return caller;
  }
  bool guarded() const override { return true; }
  std::shared_ptr<int> taken = std::make_shared<int>(0);
};

TEST(Router, ACallersPlaceIsKeptAsLongAsItsRequestIsWorkedOn) {
  OnePlace place;
  std::optional<Routed> held;
  const auto router = router_to([&](Routed routed) { held = std::move(routed); }, &place);
  Response first, second;
  router->handle({"GET", "/x", {{"Host", "a"}}, "", {}}, [&](Response response) { first = std::move(response); });
  router->handle({"GET", "/x", {{"Host", "a"}}, "", {}}, [&](Response response) { second = std::move(response); });
  EXPECT_EQ(second.status, 429);
  EXPECT_EQ(value_of(second.headers, "Retry-After"), "2") << "whole seconds, rounded up";
  EXPECT_EQ(value_of(second.headers, "retry-after-ms"), "1500");
  held->respond({});
  held.reset();
  router->handle({"GET", "/x", {{"Host", "a"}}, "", {}}, [&](Response response) { second = std::move(response); });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace fovea::http
