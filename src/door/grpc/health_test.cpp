#include "door/grpc/health.h"

#include "door/grpc/calling_test.h"
#include "serve/wire_grpc/health_messages.h"

namespace fovea::rpc {
namespace {

namespace proto = ::grpc::health::v1;

class HealthTest : public Calling {
 protected:
  static std::string of(const std::string& service) {
    proto::HealthCheckRequest request;
    request.set_service(service);
    return request.SerializeAsString();
  }
  static int status(const std::string& bytes) { return read_message<proto::HealthCheckResponse>(bytes)->status(); }
};

TEST_F(HealthTest, OfTheServerItsServicesAndItsModels) {
  const auto check = [&](const std::string& service) {
    const auto heard = call("/grpc.health.v1.Health/Check", {of(service)});
    return heard->wait().error ? -1 : status(heard->messages()[0]);
  };
  EXPECT_EQ(check(""), proto::HealthCheckResponse::SERVING);
  EXPECT_EQ(check("inference.GRPCInferenceService"), proto::HealthCheckResponse::SERVING);
  EXPECT_EQ(check("embed"), proto::HealthCheckResponse::SERVING);
  EXPECT_EQ(check("gone"), proto::HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(check("nobody"), -1);
  stub_.is_ready = false;
  EXPECT_EQ(check(""), proto::HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(call("/grpc.health.v1.Health/Check", {of("nobody")})->wait().error->code, Code::kNotFound);
}

TEST_F(HealthTest, WhoWatchesIsToldOfChanges) {
  auto heard = std::make_shared<Heard>();
  session_ = service().begin({"/grpc.health.v1.Health/Watch", {}, {}, Nanos(0)}, heard);
  session_->take(of("embed"));
  auto unknown = std::make_shared<Heard>();
  const auto other = service().begin({"/grpc.health.v1.Health/Watch", {}, {}, Nanos(0)}, unknown);
  other->take(of("nobody"));
  ASSERT_TRUE(heard->wait_messages(1));
  EXPECT_EQ(status(heard->messages()[0]), proto::HealthCheckResponse::SERVING);
  EXPECT_EQ(status(unknown->messages()[0]), proto::HealthCheckResponse::SERVICE_UNKNOWN);
  stub_.set_state("embed", "LOADING");
  ASSERT_TRUE(heard->wait_messages(2));
  EXPECT_EQ(status(heard->messages()[1]), proto::HealthCheckResponse::NOT_SERVING);
  stub_.set_state("embed", "READY");
  ASSERT_TRUE(heard->wait_messages(3));
  EXPECT_EQ(status(heard->messages()[2]), proto::HealthCheckResponse::SERVING);
  EXPECT_EQ(unknown->messages().size(), 1U);
  EXPECT_FALSE(heard->ended());
  service().drain();
  EXPECT_EQ(heard->wait().error->code, Code::kUnavailable);
}

}  // namespace
}  // namespace fovea::rpc
