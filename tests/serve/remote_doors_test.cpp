// Every kind of remote model against our own doors, over HTTP: what one side writes, the other reads. The doors are
// tested against other people's clients, so that this is more than two halves that agree with each other.
#include <gtest/gtest.h>

#include <cmath>
#include <future>

#include "base/files.h"
#include "door/grpc/server.h"
#include "door/http/server.h"
#include "door/inference/serving_api.h"
#include "door/wire/stub_inference_test.h"
#include "serve/inference/backend_conformance_test.h"
#include "serve/remote/remote_model.h"

namespace fovea {
namespace {

struct Kinds {
  const char* name;
  const char* file;  // URL and GRPC are the servers'
};

class RemoteDoors : public ::testing::TestWithParam<Kinds> {
 protected:
  RemoteDoors() {
    wire::ServingOptions options;
    options.model = "embed";
    api_ = std::make_unique<wire::ServingApi>(stub_, clock_, options);
    http::ServerOptions local;
    local.port = 0;  // any free one
    const auto router = http::Router::create(api_->routes(), everyone_);
    EXPECT_TRUE(router) << router.error().text();
    auto server = http::Server::start(local, *router);
    EXPECT_TRUE(server) << server.error().text();
    server_ = std::move(*server);
    auto grpc = rpc::Server::start({.port = 0}, service_);
    EXPECT_TRUE(grpc) << grpc.error().text();
    grpc_ = std::move(*grpc);
  }
  ~RemoteDoors() override {
    grpc_->stop();
    server_->stop();
  }

  std::unique_ptr<inference::RemoteBackend> open(std::string file) {
    const size_t at = file.find("URL");
    const std::string url = "http://127.0.0.1:" + std::to_string(server_->port());
    if (at == std::string::npos) {
      file.replace(file.find("GRPC"), 4, "grpc://127.0.0.1:" + std::to_string(grpc_->port()));
    } else {
      file.replace(at, 3, url);
    }
    const auto root = parse_yaml("m.yaml", file);
    auto options = remote::read_remote_options(*root, "m.yaml", ".");
    EXPECT_TRUE(options) << options.error().text();
    auto made = remote::open_remote_model("away", std::move(*options), {fetch_, files_, clock_});
    EXPECT_TRUE(made) << made.error().text();
    return made ? std::move(*made) : nullptr;
  }
  std::vector<float> row(const inference::RemoteBackend& backend, inference::Text text) {
    const auto item = backend.read(text, true, "inputs");
    EXPECT_TRUE(item);
    const inference::Item* const items[] = {&*item};
    std::promise<std::vector<float>> told;
    const auto ticket = backend.start({items, clock_.steady() + std::chrono::seconds(20), "", ""}, [&](auto answers) {
      EXPECT_TRUE(answers) << answers.error().error.text();
      told.set_value(answers ? (*answers)[0].values : std::vector<float>());
    });
    return told.get_future().get();
  }

  SystemClock clock_;
  RealFiles files_;
  access::OpenAccess everyone_;
  wire::StubInference stub_;
  std::unique_ptr<wire::ServingApi> api_;
  std::unique_ptr<http::Server> server_;
  rpc::Service service_{stub_, clock_, everyone_, {}};
  std::unique_ptr<rpc::Server> grpc_;
  std::shared_ptr<fetch::MultiFetch> fetch_ = std::make_shared<fetch::MultiFetch>();
};

std::vector<float> stub_row(const std::string& text, const std::string& second, size_t width) {
  tokenize::Encoding encoding;
  second.empty() ? wire::StubTokenizer().encode(text, wire::StubInference::kTokensMax, encoding)
                 : wire::StubTokenizer().encode_pair(text, second, wire::StubInference::kTokensMax, encoding);
  return wire::StubInference::row(encoding.ids, width);
}

std::vector<double> softmax(const std::vector<float>& row) {
  std::vector<double> out;
  double sum = 0;
  for (const float each : row) sum += std::exp(each);
  for (const float each : row) out.push_back(std::exp(each) / sum);
  return out;
}

TEST_P(RemoteDoors, Conforms) {
  const auto backend = open(GetParam().file);
  ASSERT_TRUE(backend);
  expect_conforms(*backend, {.ids = false, .tolerance = 1e-5F});
}

TEST_P(RemoteDoors, GivesWhatTheModelGives) {
  const auto backend = open(GetParam().file);
  ASSERT_TRUE(backend);
  const auto& info = backend->model().info;
  const auto width = static_cast<size_t>(info.width);
  const bool pair = info.task == inference::Task::kScore;
  const std::vector<float> got = row(*backend, {"hello wide world", pair ? "it is" : "", pair});
  std::vector<float> want = stub_row("hello wide world", pair ? "it is" : "", width);
  if (info.architecture == "openai-embeddings") {  // which are of length 1
    double squares = 0;
    for (const float each : want) squares += each * each;
    for (float& each : want) each = static_cast<float>(each / std::sqrt(squares));
  }
  ASSERT_EQ(got.size(), width);
  if (info.task == inference::Task::kClassification) {
    const std::vector<std::string> theirs = {"negative", "neutral", "positive"};
    const auto a = softmax(got), b = softmax(want);
    for (size_t i = 0; i < width; ++i) {
      const auto label = std::ranges::find(info.labels, theirs[i]) - info.labels.begin();
      EXPECT_NEAR(a[static_cast<size_t>(label)], b[i], 1e-5);
    }
  } else {
    for (size_t i = 0; i < width; ++i) EXPECT_NEAR(got[i], want[i], 1e-5);
  }
}

TEST_P(RemoteDoors, APassedDeadlineIsPassedOn) {
  const auto backend = open(GetParam().file);
  ASSERT_TRUE(backend);
  stub_.hold = true;
  const bool pair = backend->model().info.task == inference::Task::kScore;
  const auto item = backend->read(inference::Text{"x", pair ? "y" : "", pair}, true, "inputs");
  const inference::Item* const items[] = {&*item};
  std::promise<Code> told;
  const Nanos begun = clock_.steady();
  const auto ticket = backend->start({items, begun + std::chrono::milliseconds(150), "", ""}, [&](auto answers) {
    told.set_value(answers ? Code::kUnknown : answers.error().error.code);
  });
  EXPECT_EQ(told.get_future().get(), Code::kDeadlineExceeded);
  EXPECT_LT(clock_.steady() - begun, std::chrono::seconds(5));
  EXPECT_GT(stub_.last_call().deadline.count(), 0);
}

const Kinds kAll[] = {
    {"V2Embedding", "remote: v2\nurl: URL\nmodel: embed\ntask: embedding\nwidth: 4\n"},
    {"V2Binary", "remote: v2\nurl: URL\nmodel: embed\ntask: embedding\nwidth: 4\ntensors: { binary: true }\n"},
    {"V2Logits",
     "remote: v2\nurl: URL\nmodel: sentiment\ntask: classification\n"
     "labels: [negative, neutral, positive]\n"},
    {"V2Probabilities",
     "remote: v2\nurl: URL\nmodel: sentiment\ntask: classification\n"
     "labels: [negative, neutral, positive]\ngives: probabilities\npairs: false\n"},
    {"V2GrpcEmbedding", "remote: v2-grpc\nurl: GRPC\nmodel: embed\ntask: embedding\nwidth: 4\n"},
    {"V2GrpcLogits",
     "remote: v2-grpc\nurl: GRPC\nmodel: sentiment\ntask: classification\n"
     "labels: [negative, neutral, positive]\n"},
    {"V2GrpcScore", "remote: v2-grpc\nurl: GRPC\nmodel: rank\ntask: score\n"},
    {"V2Score", "remote: v2\nurl: URL\nmodel: rank\ntask: score\n"},
    {"TeiEmbed", "remote: tei\nurl: URL\ntask: embedding\nwidth: 4\nnormalize: false\n"},
    {"TeiPredict", "remote: tei\nurl: URL\ntask: classification\nlabels: [positive, neutral, negative]\n"},
    {"TeiRerank", "remote: tei\nurl: URL\ntask: score\n"},
    {"HuggingFaceFeatures", "remote: huggingface\nurl: URL/models/embed\ntask: embedding\nwidth: 4\n"},
    {"HuggingFaceLabels",
     "remote: huggingface\nurl: URL/models/sentiment\ntask: classification\n"
     "labels: [negative, neutral, positive]\n"},
    {"OpenAiEmbeddings", "remote: openai-embeddings\nurl: URL/v1\nmodel: embed\ntask: embedding\nwidth: 4\n"},
    {"Vertex", "remote: vertex\nurl: URL/v1/models/embed\ntask: embedding\nwidth: 4\n"},
    {"VertexProbabilities",
     "remote: vertex\nurl: URL/v1/models/sentiment\ntask: classification\n"
     "labels: [negative, neutral, positive]\nprediction: /probabilities\n"
     "gives: probabilities\n"},
};

INSTANTIATE_TEST_SUITE_P(Kinds, RemoteDoors, ::testing::ValuesIn(kAll),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace fovea
