#include "door/assemble/model_door.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "door/http/raw_client_test.h"
#include "engine/models/tiny_bert_folder.h"
#include "serve/registry/model_folder.h"

namespace fovea::assemble {
namespace {

std::string ask(uint16_t port, const std::string& target, const std::string& body = {}) {
  http::RawClient client;
  client.wait_at_most(5000);
  if (!client.connect(port)) return "no connection";
  client.send((body.empty() ? "GET " : "POST ") + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
              "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  return client.receive();
}

ModelDoorOptions null_model(const std::string& address) {
  ModelDoorOptions options;
  options.models.models = {{"null", "null"}};
  options.models.schedule.workers = 1;
  options.http.address = address;
  return options;
}

TEST(ModelDoor, ListensBeforeItsModelsServeAndAnswersOnceTheyDo) {
  const SystemClock clock;
  auto door = ModelDoor::open(null_model("127.0.0.1:0"), clock);
  ASSERT_TRUE(door) << door.error().text();
  EXPECT_TRUE(ask((*door)->port(), "/v2/health/live").starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(ask((*door)->port(), "/v2/health/ready").starts_with("HTTP/1.1 503"));
  ASSERT_TRUE((*door)->models().load_all());
  EXPECT_TRUE(ask((*door)->port(), "/v2/health/ready").starts_with("HTTP/1.1 200"));
  const std::string answer = ask((*door)->port(), "/v2/models/null/infer",
                                 R"({"inputs":[{"name":"text","shape":[2],"datatype":"BYTES","data":["four","a"]}]})");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
  EXPECT_NE(answer.find("\"data\":[4"), std::string::npos) << answer;
  EXPECT_TRUE((*door)->stop(std::chrono::seconds(5)));
}

// A promoted version becomes what "prod" means in its folder, and serves from there.
TEST(ModelDoor, ACanaryIsPromotedIntoItsFolder) {
  const models::TinyBertFolder first, second({.labels = 2});
  const std::filesystem::path dir = std::filesystem::path(::testing::TempDir()) / "fovea_model_door_canary";
  std::filesystem::remove_all(dir);
  SystemClock clock;
  const std::string m = (dir / "m").string();
  ASSERT_TRUE(registry::add_version(m, first.path(), {}, clock));
  ASSERT_TRUE(registry::add_version(m, second.path(), {}, clock));
  ASSERT_TRUE(registry::set_alias(m, "prod", 1, clock));
  ASSERT_TRUE(registry::set_alias(m, "candidate", 2, clock));
  ModelDoorOptions options;
  options.models.models = {{"m", m}};
  options.models.schedule.workers = 1;
  options.http.address = "127.0.0.1:0";
  rollout::Plan plan;
  plan.model = "m";
  plan.canary = {.version = "candidate", .steps = {1}, .every = Nanos(1), .gate = {.samples = 3}};
  options.rollouts.plans = {plan};
  options.rollouts.state_file = (dir / "state.json").string();
  options.rollouts.judged_every = std::chrono::milliseconds(5);
  auto door = ModelDoor::open(std::move(options), clock);
  ASSERT_TRUE(door) << door.error().text();
  ASSERT_TRUE((*door)->models().load_all());
  std::string stats;
  for (int i = 0; i < 2000 && stats.find("\"promoted\"") == std::string::npos; ++i) {
    const std::string answer = ask((*door)->port(), "/v2/models/m/infer",
                                   R"({"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["the cat"]}]})");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
    stats = ask((*door)->port(), "/v2/models/m/stats");
  }
  EXPECT_NE(stats.find("\"promoted\""), std::string::npos) << stats;
  for (int i = 0; i < 2000 && (*door)->models().model("m", "").value()->info.version != "2"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_EQ((*door)->models().model("m", "").value()->info.version, "2");
  EXPECT_EQ(registry::find_version(m, "").value().version, "2");
  EXPECT_TRUE((*door)->stop(std::chrono::seconds(5)));
  EXPECT_NE(read_file((dir / "state.json").string()).value_or("").find("promoted"), std::string::npos);
  door->reset();
  std::filesystem::remove_all(dir);
}

// The same version as the shadow that is compared and as the canary whose gate asks for that comparison.
TEST(ModelDoor, ACanaryIsGatedOnTheAgreementOfItsShadow) {
  const models::TinyBertFolder first, second({.labels = 2});
  for (const bool alike : {true, false}) {
    const SystemClock clock;
    ModelDoorOptions options;
    options.models.models = {
        {"m", first.path(), {{"candidate", alike ? first.path() : second.path()}}, {"candidate"}, {"candidate"}}};
    options.models.schedule.workers = 1;
    options.http.address = "127.0.0.1:0";
    rollout::Plan plan;
    plan.model = "m";
    plan.shadow = {.version = "candidate", .share = 1};
    plan.canary = {.version = "candidate", .steps = {0.5}, .every = Nanos(1), .gate = {.samples = 5, .agreement = 0.9}};
    options.rollouts.plans = {plan};
    options.rollouts.judged_every = std::chrono::milliseconds(5);
    auto door = ModelDoor::open(std::move(options), clock);
    ASSERT_TRUE(door) << door.error().text();
    ASSERT_TRUE((*door)->models().load_all());
    std::string stats;
    const auto ended = [&] {
      return stats.find("\"promoted\"") != std::string::npos || stats.find("\"rolled back\"") != std::string::npos;
    };
    for (int i = 0; i < 5000 && !ended(); ++i) {
      const std::string answer =
          ask((*door)->port(), "/v1/models/m:predict", R"({"instances":["cat )" + std::to_string(i) + R"("]})");
      EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
      stats = ask((*door)->port(), "/v2/models/m/stats");
    }
    EXPECT_NE(stats.find(alike ? "\"promoted\"" : "\"rolled back\""), std::string::npos) << stats;
    EXPECT_TRUE((*door)->stop(std::chrono::seconds(5)));
    EXPECT_TRUE((*door)->left_behind().empty());
  }
}

// With flows, ready means that they run, too.
TEST(ModelDoor, IsReadyOnceItsFlowsRun) {
  const std::filesystem::path dir = std::filesystem::path(::testing::TempDir()) / "fovea_model_door_flow";
  std::filesystem::remove_all(dir);
  std::filesystem::create_directories(dir);
  std::ofstream(dir / "routing.csv") << "event.amount,=> queue\n-,general\n";
  std::ofstream(dir / "support.yaml") << "flow: support\nversion: 1\nsource: { http: support }\n"
                                         "steps:\n  - decide: ./routing.csv\n";
  const SystemClock clock;
  ModelDoorOptions options = null_model("127.0.0.1:0");
  options.flows = {(dir / "support.yaml").string()};
  options.state = (dir / "state").string();
  auto door = ModelDoor::open(std::move(options), clock);
  ASSERT_TRUE(door) << door.error().text();
  ASSERT_TRUE((*door)->models().load_all());
  EXPECT_TRUE(ask((*door)->port(), "/v2/health/ready").starts_with("HTTP/1.1 503")) << "no flow runs yet";
  (*door)->start_flows();
  EXPECT_TRUE(ask((*door)->port(), "/v2/health/ready").starts_with("HTTP/1.1 200"));
  EXPECT_TRUE((*door)->stop(std::chrono::seconds(5)));
  door->reset();
  std::filesystem::remove_all(dir);
}

TEST(ModelDoor, AnswersOverGrpcToo) {
  const SystemClock clock;
  ModelDoorOptions options = null_model("127.0.0.1:0");
  options.grpc = "127.0.0.1:0";
  auto door = ModelDoor::open(std::move(options), clock);
  ASSERT_TRUE(door) << door.error().text();
  EXPECT_NE((*door)->grpc_port(), 0);
  EXPECT_NE((*door)->grpc_port(), (*door)->port());
  // A connection's preface (RFC 9113 3.4) is answered with SETTINGS, the type 4 in the fourth byte of a frame.
  http::RawClient client;
  client.wait_at_most(500);
  ASSERT_TRUE(client.connect((*door)->grpc_port()));
  client.send(std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33));
  const std::string answer = client.receive();
  ASSERT_GT(answer.size(), 9U);
  EXPECT_EQ(answer[3], '\4');
  EXPECT_TRUE((*door)->stop(std::chrono::seconds(5)));
}

TEST(ModelDoor, SaysWhatAnAddressLacks) {
  const SystemClock clock;
  EXPECT_EQ(ModelDoor::open(null_model("nowhere"), clock).error().where, "--http");
  EXPECT_EQ(ModelDoor::open(null_model("0.0.0.0:0"), clock).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace fovea::assemble
