#include "door/grpc/session.h"

#include "door/grpc/calling_test.h"
#include "door/grpc/limits.h"
#include "serve/wire_grpc/tei_messages.h"
#include "serve/wire_grpc/v2_messages.h"

namespace fovea::rpc {
namespace {

const std::string kStream = "/inference.GRPCInferenceService/ModelStreamInfer";

std::string asking(const std::string& id, const std::string& model = "embed") {
  return text_message<::inference::ModelInferRequest>(
             "model_name: '" + model + "' id: '" + id +
             "' inputs { name: 'text' datatype: 'BYTES' shape: 1 contents { bytes_contents: 'a' } }")
      .SerializeAsString();
}

class SessionTest : public Calling {
 protected:
  std::shared_ptr<Heard> open(const std::string& method) {
    auto heard = std::make_shared<Heard>();
    session_ = service().begin({method, {}, {}, Nanos(0)}, heard);
    return heard;
  }
  inference::Reply reply() {
    return {*stub_.model("embed", ""), {{{1, 2, 3, 4}, 3, {}, false}}, Nanos(0), Nanos(0), Nanos(0)};
  }
  static ::inference::ModelStreamInferResponse response(const std::string& bytes) {
    return *read_message<::inference::ModelStreamInferResponse>(bytes);
  }
};

TEST_F(SessionTest, AnswersGoOutInTheOrderOfTheirRequests) {
  const auto heard = open(kStream);
  stub_.hold = true;
  for (const char* id : {"a", "b", "c"}) session_->take(asking(id));
  session_->end();
  auto held = stub_.take_held();
  ASSERT_EQ(held.size(), 3U);
  held[2](reply());
  held[1](std::unexpected(inference::Failure{{Code::kResourceExhausted, "full", {}, {}}, Nanos(5), true}));
  EXPECT_TRUE(heard->messages().empty());
  held[0](reply());
  EXPECT_EQ(heard->wait().error, std::nullopt);
  const auto messages = heard->messages();
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(response(messages[0]).infer_response().id(), "a");
  EXPECT_EQ(response(messages[1]).infer_response().id(), "b");
  EXPECT_NE(response(messages[1]).error_message().find("full"), std::string::npos);
  EXPECT_EQ(response(messages[2]).infer_response().id(), "c");
  EXPECT_EQ(response(messages[2]).infer_response().raw_output_contents_size(), 0);  // typed in, typed out
}

TEST_F(SessionTest, ARefusalIsAMessageAndTheStreamGoesOn) {
  const auto heard = open(kStream);
  session_->take(asking("1", "nobody"));
  session_->take("\x0f garbage");
  session_->take(asking("2"));
  EXPECT_EQ(heard->messages().size(), 3U);
  EXPECT_NE(response(heard->messages()[0]).error_message(), "");
  EXPECT_EQ(response(heard->messages()[0]).infer_response().id(), "1");
  EXPECT_NE(response(heard->messages()[1]).error_message().find("no inference.ModelInferRequest"), std::string::npos);
  EXPECT_EQ(response(heard->messages()[2]).error_message(), "");
  EXPECT_FALSE(heard->ended());
  session_->end();
  EXPECT_EQ(heard->wait().error, std::nullopt);
}

TEST_F(SessionTest, NoMoreIsReadThanMayWait) {
  const auto heard = open(kStream);
  stub_.hold = true;
  for (size_t i = 0; i < kStreamPendingMax; ++i) {
    ASSERT_EQ(heard->wanted(), static_cast<int>(i) + 1);
    session_->take(asking("x"));
  }
  EXPECT_EQ(heard->wanted(), static_cast<int>(kStreamPendingMax));  // the last one asked for none
  auto held = stub_.take_held();
  held[1](reply());
  EXPECT_EQ(heard->wanted(), static_cast<int>(kStreamPendingMax));  // it is not its turn
  held[0](reply());
  EXPECT_EQ(heard->wanted(), static_cast<int>(kStreamPendingMax) + 1);
  EXPECT_EQ(heard->messages().size(), 2U);
  session_->cancel();
  EXPECT_EQ(*stub_.cancelled, static_cast<int>(kStreamPendingMax) - 2);
}

TEST_F(SessionTest, AClientThatTakesNoAnswersIsNotReadEither) {
  const auto heard = open(kStream);
  heard->set_unsent(kStreamPendingMax - 1);
  session_->take(asking("a"));
  EXPECT_EQ(heard->messages().size(), 1U);
  EXPECT_EQ(heard->wanted(), 2);
  heard->set_unsent(kStreamPendingMax);
  session_->take(asking("b"));
  EXPECT_EQ(heard->messages().size(), 2U);
  EXPECT_EQ(heard->wanted(), 2);
  session_->written();
  EXPECT_EQ(heard->wanted(), 2);
  heard->set_unsent(kStreamPendingMax - 1);
  session_->written();
  EXPECT_EQ(heard->wanted(), 3);
}

TEST_F(SessionTest, MessagesOfAllCallsAtTheLimitAndOnePastIt) {
  stub_.hold = true;
  const std::string infer = "/inference.GRPCInferenceService/ModelInfer";
  const std::string large = [] {
    ::inference::ModelInferRequest request = text_message<::inference::ModelInferRequest>(
        "model_name: 'embed' inputs { name: 'text' datatype: 'BYTES' shape: 1 contents { bytes_contents: 'a' } }");
    request.set_id(std::string(kMessageBytesMax - request.ByteSizeLong() - 6, 'x'));
    return request.SerializeAsString();
  }();
  std::vector<std::shared_ptr<Heard>> all;
  std::vector<std::shared_ptr<Session>> sessions;
  for (size_t held = 0; held + large.size() <= kHeldBytesMax; held += large.size()) {
    all.push_back(call(infer, {large}));
    sessions.push_back(session_);
    ASSERT_FALSE(all.back()->ended());
  }
  const auto beyond = call(infer, {large});
  ASSERT_TRUE(beyond->ended());
  EXPECT_EQ(beyond->wait().error->code, Code::kResourceExhausted);
  EXPECT_GT(beyond->wait().retry_after, Nanos(0));
  stub_.take_held();
  sessions.clear();
  session_.reset();
  EXPECT_FALSE(call(infer, {large})->ended());
}

TEST_F(SessionTest, DrainingAnswersWhatWasTaken) {
  const auto busy = open(kStream);
  const auto busy_session = session_;
  stub_.hold = true;
  session_->take(asking("x"));
  const auto idle = open(kStream);
  service().drain();
  EXPECT_EQ(idle->wait().error->code, Code::kUnavailable);
  EXPECT_FALSE(busy->ended());
  stub_.take_held()[0](reply());
  EXPECT_EQ(busy->messages().size(), 1U);
  EXPECT_EQ(busy->wait().error->code, Code::kUnavailable);
}

TEST_F(SessionTest, OthersStreamsEndWithTheirFirstRefusal) {
  const auto heard = open("/tei.v1.Embed/EmbedStream");
  ::tei::v1::EmbedRequest good, bad;
  good.set_inputs("hello");
  bad.set_inputs("hello");
  bad.set_prompt_name("query");
  stub_.keep_only("embed");
  session_->take(good.SerializeAsString());
  session_->take(bad.SerializeAsString());
  session_->take(good.SerializeAsString());
  EXPECT_EQ(heard->messages().size(), 1U);
  EXPECT_EQ(heard->wait().error->where, "prompt_name");
}

TEST_F(SessionTest, AnEndWithoutAMessage) {
  EXPECT_EQ(call("/inference.GRPCInferenceService/ModelInfer", {})->wait().error->code, Code::kInvalidArgument);
  EXPECT_EQ(call(kStream, {})->wait().error, std::nullopt);
  EXPECT_EQ(call("/tei.v1.Rerank/RerankStream", {})->wait().error->code, Code::kInvalidArgument);
}

TEST_F(SessionTest, GatheredMessagesAtTheLimitAndOnePastIt) {
  ::tei::v1::RerankStreamRequest one;
  one.set_query("q");
  one.set_text("t");
  const std::vector<std::string> most(kGatheredMax, one.SerializeAsString());
  const auto heard = call("/tei.v1.Rerank/RerankStream", most);
  EXPECT_EQ(heard->wait().error, std::nullopt);
  EXPECT_EQ(read_message<::tei::v1::RerankResponse>(heard->messages()[0])->ranks_size(),
            static_cast<int>(kGatheredMax));
  auto more = most;
  more.push_back(more[0]);
  EXPECT_EQ(call("/tei.v1.Rerank/RerankStream", more)->wait().error->code, Code::kResourceExhausted);
}

}  // namespace
}  // namespace fovea::rpc
