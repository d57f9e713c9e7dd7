// What a file says of a model that runs elsewhere: how it is asked, what it answers, what it may cost. Plain values.
// Journey: read once when the model is opened; docs/guide/remote-models.md is the page for users.
// Secrets stand as references, "${NAME}" or "${file:PATH}" (secret.h); a value in their place is refused.
// Errors: of the reader: kInvalidArgument, `where` is FILE:LINE:COLUMN, with what instead.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/yaml/yaml.h"
#include "serve/inference/inference.h"

namespace fovea::remote {

enum class Kind {
  kV2,           // KServe v2 over HTTP: Triton, OpenVINO Model Server, MLServer, fovea
  kV2Grpc,       // the same over gRPC
  kTei,          // text-embeddings-inference
  kHuggingFace,  // inference endpoints: task shapes
  kOpenAiEmbeddings,
  kOpenAiChat,  // a chat model as a classifier
  kJson,        // plain HTTP JSON: Ray Serve
  kSageMaker,   // one of the others behind InvokeEndpoint
  kVertex,
};
std::string_view kind_name(Kind kind);  // "v2", as files have it

struct Auth {
  std::string bearer;                                             // reference
  std::string header, value;                                      // a header's name and a reference
  std::string aws_access_key, aws_secret_key, aws_session_token;  // references
  std::string aws_region;
  std::string google_key;  // reference to a service account's JSON key
};

struct Tls {
  std::string ca_file, certificate_file, key_file;  // paths, joined to the file's folder; empty: the system's, none
};

struct Retry {
  int attempts = 3;         // in all
  bool idempotent = false;  // asking again does no harm, even where the first may have been answered and paid for
  Nanos backoff = std::chrono::milliseconds(100);
};

struct Breaker {
  int failures = 5;  // in a row, that open it
  Nanos pause = std::chrono::seconds(10);
};

struct Price {
  double request = 0;      // of one
  double tokens = 0;       // of 1,000 that are read
  double tokens_made = 0;  // of 1,000 that are written
  std::string currency = "EUR";
};

// Of one day of UTC.
struct Budget {
  std::optional<double> money;
  std::optional<Nanos> time;  // that its requests take together
  std::string state;          // the file that keeps what was spent; joined
};

struct V2Tensors {
  std::string text = "text", pair = "text_pair", output;  // output empty: embedding, logits or score, by the task
  bool binary = false;                                    // the binary tensor extension, both ways
  bool batched = false;                                   // texts as [n, 1]
};

struct Chat {
  std::string instruction;  // what the labels mean
  bool tool = true;         // answers by a forced tool call; false: by a JSON schema
  bool stream = false;
  double accuracy = 0;  // measured share of right answers: the probability that a label is given
  int64_t tokens_made_max = 200;
};

struct JsonShape {
  std::string input = "/inputs";    // where the texts go
  std::string output = "/outputs";  // where the rows come from; empty: the reply itself
};

struct RemoteOptions {
  std::string file, folder;  // for errors, and for paths
  Kind kind = Kind::kV2;
  Kind shape = Kind::kV2;  // of what stands behind kSageMaker, or kVertex with `raw`
  std::string url;
  std::string model, version;  // their names there
  inference::Task task = inference::Task::kEmbedding;
  bool pairs = false;
  std::vector<std::string> labels;
  int64_t width = 0;
  int64_t tokens_max = 8192;
  bool probabilities = false;  // it gives them instead of logits
  bool normalize = true;       // embeddings, where the other side can be told
  bool zero_shot = false;      // kHuggingFace: the labels are sent with each text
  Nanos timeout = std::chrono::seconds(30);
  size_t batch = 32, concurrency = 8, waiting = 1024;
  std::string region;                        // where it computes
  std::vector<std::string> allowed_regions;  // empty: any
  Auth auth;
  Tls tls;
  Retry retry;
  Breaker breaker;
  Price price;
  Budget budget;
  V2Tensors tensors;
  Chat chat;
  JsonShape json;
  std::string endpoint, target_model, target_variant, component;  // kSageMaker
  bool stream = false;                                            // kSageMaker: the reply as an event stream
  bool raw = false;                                               // kVertex: :rawPredict with `shape`
  std::string instance, prediction;  // kVertex: the member that has the text, the pointer into a prediction
};

// The options that `node` says; `file` is for errors, `folder` is what paths are relative to.
Result<RemoteOptions> read_remote_options(const Yaml& node, const std::string& file, const std::string& folder);
Result<RemoteOptions> load_remote_options(const std::string& path);

}  // namespace fovea::remote
