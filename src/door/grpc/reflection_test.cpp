// gRPC's server reflection over the service.
#include <google/protobuf/descriptor.pb.h>

#include <set>

#include "door/grpc/calling_test.h"
#include "door/grpc/limits.h"
#include "door/grpc/method.h"
#include "serve/wire_grpc/reflection_messages.h"

namespace fovea::rpc {
namespace {

namespace v1 = ::grpc::reflection::v1;

class Reflection : public Calling {
 protected:
  v1::ServerReflectionResponse reflect(const std::string& text, const std::string& version = "v1") {
    const auto heard = call("/grpc.reflection." + version + ".ServerReflection/ServerReflectionInfo",
                            {text_message<v1::ServerReflectionRequest>(text).SerializeAsString()});
    EXPECT_EQ(heard->wait().error, std::nullopt);
    return *read_message<v1::ServerReflectionResponse>(heard->messages().at(0));
  }
};

TEST_F(Reflection, ListsTheServicesThatThereAre) {
  for (const char* version : {"v1", "v1alpha"}) {
    std::set<std::string> names;
    const auto response = reflect("list_services: ''", version);
    for (const auto& each : response.list_services_response().service()) names.insert(each.name());
    EXPECT_EQ(names, (std::set<std::string>{"inference.GRPCInferenceService", "tei.v1.Info", "tei.v1.Embed",
                                            "tei.v1.Predict", "tei.v1.Rerank", "tei.v1.Tokenize",
                                            "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                                            "grpc.reflection.v1alpha.ServerReflection"}));
  }
}

TEST_F(Reflection, DescribesSymbolsAndFiles) {
  for (const char* ask :
       {"file_containing_symbol: 'inference.GRPCInferenceService.ModelInfer'",
        "file_containing_symbol: 'inference.ModelInferRequest'", "file_by_filename: 'serve/wire_grpc/v2.proto'"}) {
    const auto response = reflect(ask);
    ASSERT_EQ(response.file_descriptor_response().file_descriptor_proto_size(), 1) << ask;
    ::google::protobuf::FileDescriptorProto file;
    ASSERT_TRUE(file.ParseFromString(response.file_descriptor_response().file_descriptor_proto(0)));
    EXPECT_EQ(file.package(), "inference");
    EXPECT_EQ(response.original_request().SerializeAsString(),
              text_message<v1::ServerReflectionRequest>(ask).SerializeAsString());
  }
}

TEST_F(Reflection, SaysWhatItDoesNotKnow) {
  const int not_found = static_cast<int>(Code::kNotFound);
  EXPECT_EQ(reflect("file_containing_symbol: 'no.such.Thing'").error_response().error_code(), not_found);
  EXPECT_EQ(reflect("file_by_filename: 'google/protobuf/descriptor.proto'").error_response().error_code(), not_found);
  EXPECT_EQ(
      reflect("file_containing_symbol: '" + std::string(kSymbolBytesMax + 1, 'a') + "'").error_response().error_code(),
      not_found);
  EXPECT_EQ(reflect("all_extension_numbers_of_type: 'inference.ModelInferRequest'")
                .all_extension_numbers_response()
                .extension_number_size(),
            0);
  EXPECT_EQ(reflect("").error_response().error_code(), static_cast<int>(Code::kInvalidArgument));
}

}  // namespace
}  // namespace fovea::rpc
