#include "door/assemble/model_door.h"

#include <gtest/gtest.h>

#include "door/http/raw_client_test.h"

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

TEST(ModelDoor, SaysWhatAnAddressLacks) {
  const SystemClock clock;
  EXPECT_EQ(ModelDoor::open(null_model("nowhere"), clock).error().where, "--http");
  EXPECT_EQ(ModelDoor::open(null_model("0.0.0.0:0"), clock).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace fovea::assemble
