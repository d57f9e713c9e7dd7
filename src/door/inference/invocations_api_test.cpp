#include "door/inference/invocations_api.h"

#include "door/inference/calling_test.h"
#include "door/inference/v1_api.h"
#include "door/wire/scores.h"

namespace fovea::wire {
namespace {

class Invocations : public Calling {
 protected:
  http::Response invoke(std::string body, std::string type = "application/json") {
    return post("/invocations", std::move(body), {{"Content-Type", std::move(type)}});
  }
  static ServingOptions usually(std::string model) {
    ServingOptions options;
    options.model = std::move(model);
    return options;
  }
};

TEST_F(Invocations, V1AndVertexPredict) {
  const Json json = json_of(post("/v1/models/sentiment:predict", R"({"instances":["hello world",{"text":"you"}]})"));
  ASSERT_EQ(json.at("predictions").as_array().size(), 2u) << to_text(json);
  const std::vector<float> probabilities = probabilities_of(row_of("hello world", 3));
  EXPECT_FLOAT_EQ(static_cast<float>(number_or(json.at("predictions").at(0).at("score"), 0)),
                  std::ranges::max(probabilities));
  EXPECT_EQ(
      floats_in(json_of(post("/v1/models/embed:predict", R"({"instances":[{"text":"you"}]})")).at("predictions").at(0)),
      row_of("you", 4));
  EXPECT_EQ(post("/v1/models/nobody:predict", R"({"instances":["a"]})").status, 404);
  EXPECT_EQ(post("/v1/models/rank:predict", R"({"instances":["a"]})").status, 400);
  EXPECT_EQ(post("/v1/models/rank:predict", R"({"instances":[{"text":"a","text_pair":"b"}]})").status, 200);
  EXPECT_EQ(post("/v1/models/bare:predict", R"({"instances":[[1,20,2]]})").status, 200);
  EXPECT_EQ(post("/v1/models/bare:predict", R"({"instances":[{"input_ids":[1,20,2]}]})").status, 200);
  for (const char* body :
       {"{}", R"({"instances":[]})", R"({"instances":[1]})", R"({"instances":["a",null]})", R"({"instances":[{}]})"}) {
    EXPECT_EQ(post("/v1/models/embed:predict", body).status, 400) << body;
  }
  ServingOptions options = usually("embed");
  ASSERT_TRUE(take_vertex_routes(
      [](const char* name) -> std::optional<std::string> {
        return std::string_view(name) == "AIP_ENDPOINT_ID"         ? std::optional<std::string>("7")
               : std::string_view(name) == "AIP_DEPLOYED_MODEL_ID" ? std::optional<std::string>("8")
               : std::string_view(name) == "AIP_HEALTH_ROUTE"      ? std::optional<std::string>("/healthz")
                                                                   : std::nullopt;
      },
      options));
  serve(options);
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(post("/v1/endpoints/7/deployedModels/8:predict", R"({"instances":["you"]})").status, 200);
  ServingOptions wrong;
  EXPECT_FALSE(take_vertex_routes(
      [](const char* name) -> std::optional<std::string> {
        return std::string_view(name) == "AIP_PREDICT_ROUTE" ? std::optional<std::string>("predict") : std::nullopt;
      },
      wrong));
}

TEST_F(Invocations, MlflowsTables) {
  serve(usually("embed"));
  const std::string want = to_text(json_of(invoke(R"({"instances":["you","a"]})")));
  EXPECT_NE(want.find("predictions"), std::string::npos);
  for (const char* body : {R"({"inputs":["you","a"]})", R"({"inputs":{"text":["you","a"]},"params":{}})",
                           R"({"dataframe_split":{"columns":["text"],"index":[0,1],"data":[["you"],["a"]]}})",
                           R"({"dataframe_split":{"columns":["id","text"],"data":[[1,"you"],[2,"a"]]}})",
                           R"({"dataframe_split":{"data":[["you"],["a"]]}})",
                           R"({"dataframe_records":[{"text":"you","id":1},{"text":"a","id":2}]})",
                           R"({"dataframe_records":[{"message":"you"},{"message":"a"}]})"}) {
    EXPECT_EQ(to_text(json_of(invoke(body, "application/json; charset=utf-8"))), want) << body;
  }
  EXPECT_EQ(to_text(json_of(invoke("id,text\n1,you\n2,\"a\"\n", "text/csv"))), want);
  for (const char* body : {"{}", R"({"inputs":["a"],"instances":["a"]})",
                           R"({"dataframe_split":{"columns":["a","b"],"data":[["a","b"]]}})",
                           R"({"dataframe_split":{"columns":["text"],"data":[["a","b"]]}})",
                           R"({"dataframe_split":{"columns":["text"],"data":[]}})", R"({"dataframe_records":[1]})",
                           R"({"dataframe_records":[{}]})", R"({"dataframe_records":{}})"}) {
    const http::Response response = invoke(body);
    EXPECT_EQ(response.status, 400) << body << response.body;
    EXPECT_EQ(member(json_of(response), "error_code"), "BAD_REQUEST");
  }
  EXPECT_EQ(invoke("text\na,b\n", "text/csv").status, 400);
  EXPECT_EQ(invoke("", "text/csv").status, 400);
  EXPECT_EQ(invoke("x", "image/png").status, 415);
  EXPECT_EQ(get("/ping").status, 200);
  EXPECT_EQ(get("/version").body, "0.1.0");
}

TEST_F(Invocations, SageMakersShapes) {
  ServingOptions options = usually("sentiment");
  options.sagemaker = true;
  serve(options);
  EXPECT_TRUE(json_of(invoke(R"({"inputs":"hello"})")).at(0).at(0).as_object().contains("label"));
  EXPECT_EQ(invoke("hello", "text/plain").status, 200);
  const std::string header =
      R"({"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":7}}],)"
      R"("outputs":[{"name":"logits","parameters":{"binary_data":true}}]})";
  const std::string type = "application/vnd.sagemaker-triton.binary+json;json-header-size=";
  const http::Response response = invoke(header + element("you"), type + std::to_string(header.size()));
  ASSERT_EQ(response.status, 200) << response.body;
  ASSERT_TRUE(response.content_type.starts_with(type)) << response.content_type;
  const size_t json_bytes = std::stoul(response.content_type.substr(type.size()));
  EXPECT_EQ(floats_in(std::string_view(response.body).substr(json_bytes)), row_of("you", 3));
  EXPECT_EQ(invoke(header, type + "x").status, 400);
  EXPECT_EQ(invoke(R"({"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["a"]}]})").status, 200);
}

TEST_F(Invocations, AnEndpointOfAwsClientsIsAModel) {
  EXPECT_EQ(post("/endpoints/embed/invocations", R"({"instances":["you"]})").status, 200);
  EXPECT_EQ(stub_.last.model, "embed");
  post("/endpoints/e/invocations", R"({"instances":["you"]})", {{"X-Amzn-SageMaker-Target-Model", "sentiment"}});
  EXPECT_EQ(stub_.last.model, "sentiment");
  EXPECT_EQ(post("/endpoints/nobody/invocations", R"({"instances":["you"]})").status, 404);
}

TEST_F(Invocations, MultiModel) {
  EXPECT_EQ(post("/models", R"({"model_name":"m","url":"/opt/ml/models/m"})").status, 501);
  ServingOptions options;
  std::string asked;
  options.load_folder = [&](const std::string& name, const std::string& folder) -> Result<void> {
    asked = name + " " + folder;
    if (name == "large") return fail(Code::kResourceExhausted, "no memory for it");
    return {};
  };
  serve(options);
  EXPECT_EQ(post("/models", R"({"model_name":"late","url":"/opt/ml/models/7f/model"})").status, 200);
  EXPECT_EQ(asked, "late /opt/ml/models/7f/model");
  EXPECT_EQ(post("/models", R"({"model_name":"large","url":"/opt/ml/models/l"})").status, 507);
  EXPECT_EQ(post("/models", R"({"model_name":"embed","url":"/opt/ml/models/e"})").status, 409);
  for (const char* url :
       {"/proc/self", "/opt/ml/models/../../../etc", "/opt/ml/models", "opt/ml/models/x", "/opt/ml/modelsx/y", ""}) {
    EXPECT_EQ(post("/models", R"({"model_name":"m","url":")" + std::string(url) + "\"}").status, 403) << url;
  }
  EXPECT_EQ(post("/models", R"({"model_name":"../m","url":"/opt/ml/models/m"})").status, 400);
  EXPECT_EQ(json_of(get("/models")).at("models").as_array().size(), 5u);
  EXPECT_EQ(member(json_of(get("/models/late")), "error"), "late: there is no such model");
  EXPECT_EQ(get("/models/embed").body, R"({"modelName":"embed","modelUrl":"embed"})");
  EXPECT_EQ(post("/models/embed/invoke", R"({"instances":["a"]})").status, 200);
  EXPECT_EQ(post("/models/nobody/invoke", R"({"instances":["a"]})").status, 404);
  EXPECT_EQ(call("DELETE", "/models/embed").status, 200);
  EXPECT_EQ(call("DELETE", "/models/nobody").status, 404);
}

}  // namespace
}  // namespace fovea::wire
