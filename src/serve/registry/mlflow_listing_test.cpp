// Shapes of MLflow's answers; a real server answers in tests/serve/registry_test.py.
#include <gtest/gtest.h>

#include <map>

#include "serve/fetch/scripted_http_test.h"
#include "serve/registry/listing.h"

namespace fovea::registry {
namespace {

using fetch::ScriptedReply;
using fetch::ScriptedRequest;

const std::string kApi = "/api/2.0/mlflow/", kArtifacts = "/api/2.0/mlflow-artifacts/artifacts?path=";

Result<Listing> ask(std::map<std::string, std::string> answers, const char* address,
                    std::map<std::string, std::string> variables = {}) {
  fetch::ScriptedHttp server([&](const ScriptedRequest& request) -> ScriptedReply {
    const auto found = answers.find(request.target);
    if (found == answers.end()) return {404, "", R"({"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no such"})"};
    return {200, "", found->second + (request.header("Authorization").empty() ? "" : " ")};
  });
  variables.try_emplace("MLFLOW_TRACKING_URI", server.url());
  const auto http = fetch::make_curl_fetch();
  return list_mlflow(parse_address(address).value(), *http, [&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

std::map<std::string, std::string> answers(const std::string& uri) {
  return {{kApi + "registered-models/alias?name=a%20b&alias=prod", R"({"model_version":{"version":"3"}})"},
          {kApi + "model-versions/get-download-uri?name=a%20b&version=3", R"({"artifact_uri":")" + uri + R"("})"},
          {kArtifacts + "0%2Fr%2Fmodel",
           R"({"files":[{"path":"MLmodel","is_dir":false,"file_size":5},{"path":"model","is_dir":true},)"
           R"({"path":"components","is_dir":true}]})"},
          {kArtifacts + "0%2Fr%2Fmodel%2Fmodel", R"({"files":[{"path":"config.json","is_dir":false,"file_size":2},)"
                                                 R"({"path":"model.safetensors","is_dir":false,"file_size":9}]})"},
          {kArtifacts + "0%2Fr%2Fmodel%2Fcomponents", R"({"files":[{"path":"tokenizer","is_dir":true}]})"},
          {kArtifacts + "0%2Fr%2Fmodel%2Fcomponents%2Ftokenizer",
           R"({"files":[{"path":"tokenizer.json","is_dir":false,"file_size":4}]})"}};
}

TEST(MlflowListing, AnAliasLeadsToFilesLaidFlat) {
  const Listing listing = ask(answers("mlflow-artifacts:/0/r/model"), "mlflow://a b@prod").value();
  EXPECT_EQ(listing.version, "3");
  std::map<std::string, std::string> places;
  for (const RemoteFile& file : listing.files) places[file.path] = file.remote;
  EXPECT_EQ(places,
            (std::map<std::string, std::string>{{"MLmodel", "0/r/model/MLmodel"},
                                                {"config.json", "0/r/model/model/config.json"},
                                                {"model.safetensors", "0/r/model/model/model.safetensors"},
                                                {"tokenizer.json", "0/r/model/components/tokenizer/tokenizer.json"}}));
  EXPECT_EQ(ask(answers("mlflow-artifacts:/0/r/model"), "mlflow://a b/3").value().revision.size(), 64u);
}

TEST(MlflowListing, SaysWhatIsMissing) {
  EXPECT_EQ(ask({}, "mlflow://m@prod").error().code, Code::kNotFound);
  EXPECT_NE(ask({}, "mlflow://m@prod").error().message.find("no such"), std::string::npos);
  EXPECT_EQ(ask({}, "mlflow://m/1", {{"MLFLOW_TRACKING_URI", ""}}).error().hint,
            "set MLFLOW_TRACKING_URI to its http:// or https:// address");
  EXPECT_EQ(ask(answers("file:///etc"), "mlflow://a b@prod").error().code, Code::kUnimplemented);
}

TEST(MlflowListing, CredentialsGoToNoOtherServer) {
  EXPECT_EQ(ask(answers("mlflow-artifacts://evil.example/0/r/model"), "mlflow://a b@prod").error().code,
            Code::kPermissionDenied);
}

}  // namespace
}  // namespace fovea::registry
