#include "door/grpc/service.h"

#include <gtest/gtest.h>

#include <map>

#include "door/grpc/calling_test.h"
#include "door/grpc/limits.h"
#include "serve/wire_grpc/v2_messages.h"

namespace fovea::rpc {
namespace {

// Lets one key look, another do everything, and nobody else anything but what anyone may.
class TwoKeys final : public access::Access {
 public:
  std::expected<access::Caller, access::Denial> authorise(const access::Ask& ask) override {
    asked.push_back(ask.needs.right);
    access::Caller caller;
    if (ask.needs.right == access::Right::kAnyone) return caller;
    if (ask.key != "look" && ask.key != "all") {
      return std::unexpected(access::Denial{{Code::kUnauthenticated, "a key is needed", {}, {}}, Nanos(0)});
    }
    caller.name = ask.key;
    caller.role = ask.key == "look" ? access::Role::kViewer : access::Role::kAdmin;
    caller.tenant = "acme";
    if (ask.key == "all") caller.models = std::make_shared<std::vector<std::string>>(1, "emb*");
    if (access::allows(caller.role, ask.needs.right)) return caller;
    return std::unexpected(access::Denial{{Code::kPermissionDenied, "may not", {}, {}}, std::chrono::milliseconds(3)});
  }
  bool guarded() const override { return true; }
  std::vector<access::Right> asked;
};

const std::string kInfer = "/inference.GRPCInferenceService/ModelInfer";

std::string infer_embed(const std::string& model = "embed") {
  return text_message<::inference::ModelInferRequest>(
             "model_name: '" + model +
             "' inputs { name: 'text' datatype: 'BYTES' shape: 1 contents { bytes_contents: 'a' } }")
      .SerializeAsString();
}

class ServiceTest : public Calling {};

TEST_F(ServiceTest, EveryMethodPassesTheOnePoint) {
  TwoKeys keys;
  access_ = &keys;
  std::map<std::string, access::Right> rights;
  for (const Method& method : service().methods()) {
    keys.asked.clear();
    const auto heard = call(method.name, {});
    ASSERT_EQ(keys.asked.size(), 1U) << method.name;
    rights[method.name] = keys.asked[0];
    if (method.needs.right == access::Right::kAnyone) continue;
    ASSERT_TRUE(heard->ended()) << method.name;
    EXPECT_EQ(heard->wait().error->code, Code::kUnauthenticated) << method.name;
    EXPECT_EQ(heard->wanted(), 0) << method.name;  // not a byte is read of a call that was refused
  }
  EXPECT_EQ(rights.size(), service().methods().size());  // no name twice
  EXPECT_EQ(rights.at(kInfer), access::Right::kAsk);
  EXPECT_EQ(rights.at("/inference.GRPCInferenceService/RepositoryModelLoad"), access::Right::kOperate);
  EXPECT_EQ(rights.at("/inference.GRPCInferenceService/ModelMetadata"), access::Right::kLook);
  EXPECT_EQ(rights.at("/grpc.health.v1.Health/Check"), access::Right::kAnyone);
  EXPECT_EQ(call("/nothing/Here", {})->wait().error->code, Code::kUnauthenticated);
}

TEST_F(ServiceTest, EveryMethodOfTheContractsIsThere) {
  std::map<std::string, Kind> kinds;
  for (const Method& each : service().methods()) kinds[each.name] = each.kind;
  const auto* pool = ::google::protobuf::DescriptorPool::generated_pool();
  int seen = 0;
  for (const char* name : {"inference.GRPCInferenceService", "tei.v1.Info", "tei.v1.Embed", "tei.v1.Predict",
                           "tei.v1.Rerank", "tei.v1.Tokenize", "grpc.health.v1.Health",
                           "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}) {
    const auto* contract = pool->FindServiceByName(name);
    ASSERT_NE(contract, nullptr) << name;
    for (int i = 0; i < contract->method_count(); ++i, ++seen) {
      const auto* method = contract->method(i);
      const auto found = kinds.find("/" + std::string(name) + "/" + method->name());
      ASSERT_NE(found, kinds.end()) << method->full_name();
      const Kind want = method->client_streaming()   ? method->server_streaming() ? Kind::kStream : Kind::kGathered
                        : method->server_streaming() ? Kind::kWatched
                                                     : Kind::kUnary;
      EXPECT_EQ(found->second, want) << method->full_name();
    }
  }
  EXPECT_EQ(static_cast<size_t>(seen), kinds.size());
}

TEST_F(ServiceTest, RolesModelsAndTenants) {
  TwoKeys keys;
  access_ = &keys;
  EXPECT_EQ(call(kInfer, {infer_embed()}, {{"authorization", "Bearer all"}})->wait().error, std::nullopt);
  EXPECT_EQ(stub_.last.tenant, "acme");
  EXPECT_EQ(call(kInfer, {infer_embed()}, {{"x-api-key", "all"}})->wait().error, std::nullopt);
  EXPECT_EQ(call(kInfer, {infer_embed()}, {{"x-api-key", "all"}, {"x-data-region", "eu"}})->wait().error, std::nullopt);
  EXPECT_EQ(stub_.last.region, "eu");
  EXPECT_EQ(stub_.last.key, "");
  EXPECT_EQ(call(kInfer, {infer_embed()}, {{"x-api-key", "all"}, {"x-routing-key", "u7"}})->wait().error, std::nullopt);
  EXPECT_EQ(stub_.last.key, "u7");
  call("/inference.GRPCInferenceService/ModelStreamInfer", {infer_embed()},
       {{"x-api-key", "all"}, {"x-routing-key", "u8"}})
      ->wait();
  EXPECT_EQ(stub_.last.key, "u8");
  // A model that is not for this key is as one that is not there.
  EXPECT_EQ(call(kInfer, {infer_embed("sentiment")}, {{"x-api-key", "all"}})->wait().error->code, Code::kNotFound);
  const Ending denied = call(kInfer, {infer_embed()}, {{"x-api-key", "look"}})->wait();
  EXPECT_EQ(denied.error->code, Code::kPermissionDenied);
  EXPECT_EQ(denied.retry_after, std::chrono::milliseconds(3));
  EXPECT_EQ(call("/nothing/Here", {}, {{"x-api-key", "look"}})->wait().error->code, Code::kUnimplemented);
}

TEST_F(ServiceTest, CallsAtOnceAtTheLimitAndOnePastIt) {
  stub_.hold = true;
  std::vector<std::shared_ptr<Heard>> all;
  for (size_t i = 0; i < kCallsMax; ++i) all.push_back(call(kInfer, {infer_embed()}));
  EXPECT_EQ(service().under_way(), kCallsMax);
  const Ending full = call(kInfer, {infer_embed()})->wait();
  ASSERT_TRUE(full.error);
  EXPECT_EQ(full.error->code, Code::kResourceExhausted);
  EXPECT_GT(full.retry_after, Nanos(0));
  EXPECT_EQ(call("/inference.GRPCInferenceService/ServerLive", {""})->wait().error, std::nullopt);  // probes always
  for (inference::Done& each : stub_.take_held()) {
    each(std::unexpected(inference::Failure{{Code::kUnavailable, "no", {}, {}}, Nanos(0), true}));
  }
  EXPECT_EQ(service().under_way(), 0U);
  stub_.hold = false;
  EXPECT_EQ(call(kInfer, {infer_embed()})->wait().error, std::nullopt);
}

TEST_F(ServiceTest, WhenItDrainsNothingMoreIsTaken) {
  stub_.hold = true;
  const auto taken = call(kInfer, {infer_embed()});
  service().drain();
  EXPECT_EQ(call(kInfer, {infer_embed()})->wait().error->code, Code::kUnavailable);
  EXPECT_FALSE(taken->ended());
  for (inference::Done& each : stub_.take_held()) {
    each(inference::Reply{*stub_.model("embed", ""), {{{1, 2, 3, 4}, 3, {}, false}}, Nanos(0), Nanos(0), Nanos(0)});
  }
  EXPECT_EQ(taken->wait().error, std::nullopt);
  EXPECT_EQ(taken->messages().size(), 1U);
}

}  // namespace
}  // namespace fovea::rpc
