// Any request to any route that takes a body. First byte: the route; second: the content's coding; then, to the end of
// the line, Inference-Header-Content-Length; then the body.
// Every request is answered once, never with a 500; what is said to be JSON is JSON, and the sizes of binary tensors
// are those of the bytes that follow.
#include <cstdlib>
#include <optional>

#include "door/http/router.h"
#include "door/inference/header_text.h"
#include "door/inference/serving_api.h"
#include "door/wire/stub_inference_test.h"

namespace {

using namespace fovea;

struct Served {
  VirtualClock clock{TimePoint{1}};
  wire::StubInference stub;
  access::OpenAccess access;
  std::optional<wire::ServingApi> api;
  std::shared_ptr<const http::Router> router;
  std::vector<std::string> paths;  // of routes that take a body

  Served() {
    wire::ServingOptions options;
    options.model = "sentiment";
    options.load_folder = [](const std::string&, const std::string&) -> Result<void> { return {}; };
    api.emplace(stub, clock, options);
    stub.add_tensor_models();
    auto made = http::Router::create(api->routes(), access);
    if (!made) std::abort();
    router = std::move(*made);
    for (const http::Route& route : router->routes()) {
      if (route.method != "POST" || route.needs.right == wire::Right::kOperate)
        continue;  // loads answer from their thread
      for (const char* model : {"embed", "sentiment", "ner", "rank", "bare", "same_FP32", "same_BYTES", "same_UINT8"}) {
        std::string path = route.pattern;
        const bool named = path.find("{}") != std::string::npos;
        for (size_t at; (at = path.rfind("{}")) != std::string::npos;) {
          path.replace(at, 2, path.find("versions") < at ? "1" : model);
        }
        paths.push_back(path);
        if (!named) break;
      }
    }
  }
};

void check(bool holds) {
  if (!holds) std::abort();
}

void check_answer(const http::Response& response) {
  check(response.status >= 200 && response.status != 500 && response.status != 424);
  if (response.content_type == "application/json") {
    check(response.body.empty() || parse_json(response.body).has_value());
    return;
  }
  const auto json_bytes = wire::whole_number(wire::header_of(response.headers, "Inference-Header-Content-Length"));
  if (!json_bytes) return;  // SageMaker's type holds it
  const auto count = static_cast<size_t>(*json_bytes);
  check(count <= response.body.size());
  const auto json = parse_json(std::string_view(response.body).substr(0, count));
  check(json.has_value());
  uint64_t bytes = 0;
  for (const Json& each : member(*json, "outputs").as_array()) {
    bytes += static_cast<uint64_t>(number_or(member(member(each, "parameters"), "binary_data_size"), 0));
  }
  check(count + bytes == response.body.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Served& served = *new Served;
  if (size < 3) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  const size_t line = std::min(rest.find('\n'), rest.size());
  http::Request request{"POST", served.paths[data[0] % served.paths.size()], {{"Host", "localhost"}}, "", {}};
  if (line != 0) request.headers.emplace_back("Inference-Header-Content-Length", rest.substr(0, line));
  constexpr const char* kCodings[] = {"", "gzip", "deflate", "identity"};
  request.headers.emplace_back("Content-Encoding", kCodings[data[1] % 4]);
  constexpr const char* kTypes[] = {"application/json", "text/csv", "text/plain",
                                    "application/vnd.sagemaker-triton.binary+json;json-header-size="};
  std::string type = kTypes[data[1] / 4 % 4];
  if (type.ends_with('=')) type += rest.substr(0, line);
  request.headers.emplace_back("Content-Type", std::move(type));
  request.body = rest.substr(std::min(line + 1, rest.size()));
  int answers = 0;
  served.router->handle(std::move(request), [&](const http::Response& response) {
    ++answers;
    check_answer(response);
  });
  check(answers == 1);
  return 0;
}
