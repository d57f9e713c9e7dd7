// Serves models that need no weights through the doors, for clients that tests run against it. Prints its ports,
// that of HTTP and that of gRPC, then waits for the end of its input.
#include <cstdio>
#include <iostream>
#include <string>

#include "door/grpc/server.h"
#include "door/http/server.h"
#include "door/inference/serving_api.h"
#include "door/wire/stub_inference_test.h"

int main() {
  using namespace fovea;
  SystemClock clock;
  wire::StubInference stub;
  stub.add_tensor_models();
  wire::ServingOptions options;
  options.model = "embed";
  wire::ServingApi api(stub, clock, options);
  http::ServerOptions local;
  local.port = 0;  // any free one
  access::OpenAccess everyone;
  const auto router = http::Router::create(api.routes(), everyone);
  auto server = http::Server::start(local, router ? *router : nullptr);
  if (!server) {
    std::cerr << server.error().text() << "\n";
    return 1;
  }
  rpc::Service service(stub, clock, everyone, {.model = options.model});
  rpc::ServerOptions any;
  any.port = 0;
  auto grpc = rpc::Server::start(any, service);
  if (!grpc) {
    std::cerr << grpc.error().text() << "\n";
    return 1;
  }
  std::cout << (*server)->port() << "\n" << (*grpc)->port() << std::endl;
  for (std::string line; std::getline(std::cin, line);) continue;
  return 0;
}
