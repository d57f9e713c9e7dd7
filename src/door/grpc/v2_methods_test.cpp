// KServe v2 over the service, method by method.
#include <cstring>

#include "door/grpc/calling_test.h"
#include "door/grpc/method.h"
#include "serve/wire_grpc/v2_messages.h"

namespace fovea::rpc {
namespace {

namespace v2 = ::inference;

class V2Methods : public Calling {
 protected:
  template <typename Response>
  Result<Response> v2_ask(const char* method, const ::google::protobuf::Message& request) {
    return ask<Response>(std::string("/inference.GRPCInferenceService/") + method, request);
  }
  static std::vector<float> row_of(std::string_view text, size_t width) {
    tokenize::Encoding encoding;
    wire::StubTokenizer().encode(text, wire::StubInference::kTokensMax, encoding);
    return wire::StubInference::row(encoding.ids, width);
  }
};

TEST_F(V2Methods, ReadinessAndMetadata) {
  EXPECT_TRUE(v2_ask<v2::ServerLiveResponse>("ServerLive", v2::ServerLiveRequest())->live());
  EXPECT_TRUE(v2_ask<v2::ServerReadyResponse>("ServerReady", v2::ServerReadyRequest())->ready());
  stub_.is_ready = false;
  EXPECT_FALSE(v2_ask<v2::ServerReadyResponse>("ServerReady", v2::ServerReadyRequest())->ready());
  const auto ready = [&](const char* text) {
    return v2_ask<v2::ModelReadyResponse>("ModelReady", text_message<v2::ModelReadyRequest>(text))->ready();
  };
  EXPECT_TRUE(ready("name: 'embed'"));
  EXPECT_TRUE(ready("name: 'embed' version: '1'"));
  EXPECT_FALSE(ready("name: 'embed' version: '9'"));
  EXPECT_FALSE(ready("name: 'nobody'"));
  EXPECT_EQ(v2_ask<v2::ServerMetadataResponse>("ServerMetadata", v2::ServerMetadataRequest())->name(), "fovea");
  const auto model =
      v2_ask<v2::ModelMetadataResponse>("ModelMetadata", text_message<v2::ModelMetadataRequest>("name: 'sentiment'"));
  ASSERT_TRUE(model) << model.error().text();
  EXPECT_EQ(model->platform(), "fovea_bert");
  EXPECT_EQ(model->outputs(1).shape(1), 3);
  EXPECT_EQ(model->versions(0), "1");
  EXPECT_EQ(v2_ask<v2::ModelMetadataResponse>("ModelMetadata", text_message<v2::ModelMetadataRequest>("name: 'x'"))
                .error()
                .code,
            Code::kNotFound);
  EXPECT_EQ(v2_ask<v2::ModelMetadataResponse>("ModelMetadata", v2::ModelMetadataRequest()).error().code,
            Code::kNotFound);
}

TEST_F(V2Methods, ConfigurationStatisticsRepository) {
  const auto config =
      v2_ask<v2::ModelConfigResponse>("ModelConfig", text_message<v2::ModelConfigRequest>("name: 'rank'"));
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->config().input(0).data_type(), v2::TYPE_STRING);
  EXPECT_EQ(config->config().parameters().at("task").string_value(), "score");
  EXPECT_EQ(config->config().version_policy().latest().num_versions(), 1U);
  const auto one =
      v2_ask<v2::ModelStatisticsResponse>("ModelStatistics", text_message<v2::ModelStatisticsRequest>("name: 'embed'"));
  ASSERT_TRUE(one) << one.error().text();
  EXPECT_EQ(one->model_stats(0).inference_count(), 8U);
  EXPECT_EQ(one->model_stats(0).inference_stats().queue().ns(), 1000U);
  EXPECT_EQ(one->model_stats(0).last_inference(), 77U);
  EXPECT_EQ(v2_ask<v2::ModelStatisticsResponse>("ModelStatistics", v2::ModelStatisticsRequest())->model_stats_size(),
            5);
  const auto index = [&](const char* text) {
    return v2_ask<v2::RepositoryIndexResponse>("RepositoryIndex", text_message<v2::RepositoryIndexRequest>(text))
        ->models_size();
  };
  EXPECT_EQ(index(""), 6);
  EXPECT_EQ(index("ready: true"), 5);
  const auto load = [&](const char* text) {
    return v2_ask<v2::RepositoryModelLoadResponse>("RepositoryModelLoad",
                                                   text_message<v2::RepositoryModelLoadRequest>(text));
  };
  EXPECT_TRUE(load("model_name: 'embed'"));
  EXPECT_EQ(stub_.loaded_version, "");
  EXPECT_TRUE(load("model_name: 'embed' parameters { key: 'version' value { string_param: 'candidate' } }"));
  EXPECT_EQ(stub_.loaded_version, "candidate");
  EXPECT_TRUE(load("model_name: 'embed' parameters { key: 'version' value { int64_param: 2 } }"));
  EXPECT_EQ(stub_.loaded_version, "2");
  for (const char* wrong : {"string_param: '../2'", "string_param: ''", "bool_param: true", ""}) {
    const auto refused =
        load(("model_name: 'embed' parameters { key: 'version' value { " + std::string(wrong) + " } }").c_str());
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().where, "parameters.version") << wrong;
  }
  EXPECT_EQ(load("model_name: 'nobody'").error().code, Code::kNotFound);
  EXPECT_EQ(load("model_name: '../x'").error().code, Code::kInvalidArgument);
  EXPECT_EQ(load("model_name: 'embed' parameters { key: 'config' value { string_param: '{}' } }").error().code,
            Code::kUnimplemented);
  EXPECT_TRUE(v2_ask<v2::RepositoryModelUnloadResponse>(
      "RepositoryModelUnload",
      text_message<v2::RepositoryModelUnloadRequest>(
          "model_name: 'embed' parameters { key: 'unload_dependents' value { bool_param: true } }")));
}

TEST_F(V2Methods, Infers) {
  v2::ModelInferRequest request = text_message<v2::ModelInferRequest>(
      "model_name: 'embed' id: '7' inputs { name: 'text' datatype: 'BYTES' shape: 2 }"
      "parameters { key: 'priority' value { int64_param: 1 } } parameters { key: 'truncate' value { bool_param: false "
      "} }");
  request.add_raw_input_contents(std::string("\x05\0\0\0hello\x03\0\0\0you", 16));
  const auto raw = v2_ask<v2::ModelInferResponse>("ModelInfer", request);
  ASSERT_TRUE(raw) << raw.error().text();
  EXPECT_EQ(raw->id(), "7");
  EXPECT_EQ(raw->model_version(), "1");
  ASSERT_EQ(raw->raw_output_contents_size(), 1);
  std::vector<float> rows(8);
  ASSERT_EQ(raw->raw_output_contents(0).size(), rows.size() * sizeof(float));
  std::memcpy(rows.data(), raw->raw_output_contents(0).data(), rows.size() * sizeof(float));
  EXPECT_EQ(std::vector<float>(rows.begin(), rows.begin() + 4), row_of("hello", 4));
  EXPECT_EQ(std::vector<float>(rows.begin() + 4, rows.end()), row_of("you", 4));
  EXPECT_EQ(stub_.last.priority, schedule::Priority::kInteractive);
  EXPECT_FALSE(stub_.last.cut);

  const auto typed = v2_ask<v2::ModelInferResponse>(
      "ModelInfer",
      text_message<v2::ModelInferRequest>(
          "model_name: 'sentiment' outputs { name: 'logits' } outputs { name: 'label' } outputs { name: "
          "'probabilities' parameters { key: 'classification' value { int64_param: 1 } } } inputs { name: "
          "'text' datatype: 'BYTES' shape: 1 contents { bytes_contents: 'you' } }"));
  ASSERT_TRUE(typed) << typed.error().text();
  EXPECT_EQ(typed->raw_output_contents_size(), 0);
  const auto logits = row_of("you", 3);
  EXPECT_EQ(std::vector<float>(typed->outputs(0).contents().fp32_contents().begin(),
                               typed->outputs(0).contents().fp32_contents().end()),
            logits);
  EXPECT_EQ(typed->outputs(1).contents().bytes_contents_size(), 1);
  EXPECT_EQ(typed->outputs(2).datatype(), "BYTES");
  EXPECT_EQ(typed->outputs(2).shape(1), 1);
}

TEST_F(V2Methods, ModelsOfTensorsTakeEveryDatatype) {
  stub_.add_tensor_models();
  const std::pair<const char*, const char*> kLists[] = {{"BOOL", "bool_contents: [true, false]"},
                                                        {"UINT8", "uint_contents: [0, 255]"},
                                                        {"UINT16", "uint_contents: [0, 65535]"},
                                                        {"UINT32", "uint_contents: [0, 4294967295]"},
                                                        {"UINT64", "uint64_contents: [0, 18446744073709551615]"},
                                                        {"INT8", "int_contents: [-128, 127]"},
                                                        {"INT16", "int_contents: [-32768, 32767]"},
                                                        {"INT32", "int_contents: [-2147483648, 2147483647]"},
                                                        {"INT64", "int64_contents: [-9223372036854775808, 1]"},
                                                        {"FP32", "fp32_contents: [0.5, -1]"},
                                                        {"FP64", "fp64_contents: [0.1, -1]"},
                                                        {"BYTES", "bytes_contents: ['', 'a\\000b']"}};
  for (const auto& [name, list] : kLists) {
    const auto request = text_message<v2::ModelInferRequest>(std::string("model_name: 'same_") + name +
                                                             "' inputs { name: 'input' datatype: '" + name +
                                                             "' shape: [1, 2] contents { " + list + " } }");
    const auto out = v2_ask<v2::ModelInferResponse>("ModelInfer", request);
    ASSERT_TRUE(out) << name << out.error().text();
    EXPECT_EQ(out->outputs(0).contents().SerializeAsString(), request.inputs(0).contents().SerializeAsString()) << name;
  }
  for (const char* name : {"FP16", "BF16"}) {
    auto request = text_message<v2::ModelInferRequest>(
        std::string("model_name: 'same_") + name + "' inputs { name: 'input' datatype: '" + name + "' shape: [1, 2] }");
    request.add_raw_input_contents("abcd");
    const auto out = v2_ask<v2::ModelInferResponse>("ModelInfer", request);
    ASSERT_TRUE(out) << name << out.error().text();
    EXPECT_EQ(out->raw_output_contents(0), "abcd");
    request.clear_raw_input_contents();
    request.mutable_inputs(0)->mutable_contents()->add_fp32_contents(1);
    EXPECT_EQ(v2_ask<v2::ModelInferResponse>("ModelInfer", request).error().code, Code::kInvalidArgument);
  }
  const auto refused = [&](const char* text) {
    return v2_ask<v2::ModelInferResponse>("ModelInfer", text_message<v2::ModelInferRequest>(text)).error().text();
  };
  EXPECT_NE(refused("model_name: 'same_INT8' inputs { name: 'input' datatype: 'INT8' shape: [1,1] contents { "
                    "int_contents: 128 } }")
                .find("128 is no INT8"),
            std::string::npos);
  EXPECT_NE(refused("model_name: 'same_FP32' inputs { name: 'input' datatype: 'FP32' shape: [1,2] contents { "
                    "fp32_contents: 1 } }")
                .find("1 elements"),
            std::string::npos);
}

TEST_F(V2Methods, RefusalsHaveTheirCodes) {
  const auto code = [&](const std::string& text) {
    const auto out = v2_ask<v2::ModelInferResponse>("ModelInfer", text_message<v2::ModelInferRequest>(text));
    return out ? "OK" : std::string(code_name(out.error().code));
  };
  const std::string text = " inputs { name: 'text' datatype: 'BYTES' shape: 1 contents { bytes_contents: 'a' } }";
  EXPECT_EQ(code("model_name: 'embed'" + text), "OK");
  EXPECT_EQ(code("model_name: 'nobody'" + text), "NOT_FOUND");
  EXPECT_EQ(code("model_name: 'embed' model_version: '9'" + text), "NOT_FOUND");
  EXPECT_EQ(code("model_name: ''" + text), "NOT_FOUND");
  EXPECT_EQ(code("model_name: '../x'" + text), "INVALID_ARGUMENT");
  EXPECT_EQ(code("model_name: 'embed' outputs { name: 'x' }" + text), "INVALID_ARGUMENT");
  EXPECT_EQ(code("model_name: 'embed' inputs { name: 'text' datatype: 'BYTES' shape: 0 }"), "INVALID_ARGUMENT");
  EXPECT_EQ(code("model_name: 'bare'" + text), "INVALID_ARGUMENT");
  stub_.failure = inference::Failure{{Code::kDeadlineExceeded, "too late", {}, {}}, Nanos(0), false};
  EXPECT_EQ(code("model_name: 'embed'" + text), "DEADLINE_EXCEEDED");
}

TEST_F(V2Methods, TheSoonerDeadlineCounts) {
  const std::string method = "/inference.GRPCInferenceService/ModelInfer";
  const auto request = [](const char* timeout_us) {
    return text_message<v2::ModelInferRequest>(
               std::string("model_name: 'embed' parameters { key: 'timeout' value { int64_param: ") + timeout_us +
               " } } inputs { name: 'text' datatype: 'BYTES' shape: 1 contents { bytes_contents: 'a' } }")
        .SerializeAsString();
  };
  clock_.advance(Nanos(1000));
  call(method, {request("0")}, {}, Nanos(77'000));
  EXPECT_EQ(stub_.last.deadline, Nanos(77'000));
  call(method, {request("5")}, {}, Nanos(77'000));
  EXPECT_EQ(stub_.last.deadline, Nanos(6'000));
  call(method, {request("500")}, {}, Nanos(77'000));
  EXPECT_EQ(stub_.last.deadline, Nanos(77'000));
  call(method, {request("0")});
  EXPECT_EQ(stub_.last.deadline, Nanos(0));
}

TEST_F(V2Methods, SharedMemoryTracesAndLogsAreOff) {
  EXPECT_EQ(
      v2_ask<v2::SystemSharedMemoryStatusResponse>("SystemSharedMemoryStatus", v2::SystemSharedMemoryStatusRequest())
          ->regions_size(),
      0);
  EXPECT_TRUE(v2_ask<v2::CudaSharedMemoryUnregisterResponse>("CudaSharedMemoryUnregister",
                                                             v2::CudaSharedMemoryUnregisterRequest()));
  EXPECT_EQ(v2_ask<v2::SystemSharedMemoryRegisterResponse>("SystemSharedMemoryRegister",
                                                           v2::SystemSharedMemoryRegisterRequest())
                .error()
                .code,
            Code::kUnimplemented);
  EXPECT_TRUE(v2_ask<v2::LogSettingsResponse>("LogSettings", v2::LogSettingsRequest()));
  EXPECT_EQ(v2_ask<v2::TraceSettingResponse>("TraceSetting", text_message<v2::TraceSettingRequest>(
                                                                 "settings { key: 'trace_rate' value { value: '1' } }"))
                .error()
                .code,
            Code::kUnimplemented);
}

TEST_F(V2Methods, ACallersEndEndsItsWork) {
  stub_.hold = true;
  const auto heard = call("/inference.GRPCInferenceService/ModelInfer",
                          {text_message<v2::ModelInferRequest>(
                               "model_name: 'embed' inputs { name: 'text' datatype: 'BYTES' shape: 1 contents { "
                               "bytes_contents: 'a' } }")
                               .SerializeAsString()});
  session_->cancel();
  EXPECT_EQ(*stub_.cancelled, 1);
  session_->cancel();
  EXPECT_EQ(*stub_.cancelled, 1);
  EXPECT_FALSE(heard->ended());
}

}  // namespace
}  // namespace fovea::rpc
