// Serves models that need no weights through the doors, for clients that tests run against it. Prints its port, then
// waits for the end of its input.
#include <cstdio>
#include <iostream>
#include <string>

#include "door/inference/serving_api.h"
#include "door/wire/stub_inference_test.h"

int main() {
  using namespace fovea;
  SystemClock clock;
  wire::StubInference stub;
  wire::ServingOptions options;
  options.model = "embed";
  wire::ServingApi api(stub, clock, options);
  http::ServerOptions local;
  local.port = 0;  // any free one
  auto server = http::Server::start(local, api.handler());
  if (!server) {
    std::cerr << server.error().text() << "\n";
    return 1;
  }
  std::cout << (*server)->port() << std::endl;
  for (std::string line; std::getline(std::cin, line);) continue;
  return 0;
}
