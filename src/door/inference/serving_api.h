// Every HTTP route by which models answer: KServe v2 and v1, OpenAI, TEI, Hugging Face, Cohere,
// MLflow, SageMaker and Vertex AI. README.md lists them.
// Journey: behind http::Router, which has authorised the request; it is unpacked and handed to its route's handler.
// Owns the threads of loads, large requests and large answers. Borrows inference and clock. Must outlive the server
// that runs the handlers. Errors: to clients, each in its family's form (refusal.h).
#pragma once

#include <memory>
#include <vector>

#include "door/inference/exchange.h"
#include "door/inference/route.h"

namespace fovea::wire {

// The rows, in the order in which they are matched.
std::vector<Route> all_routes(const ServingOptions& options);

class ServingApi {
 public:
  ServingApi(inference::Inference& inference, const Clock& clock, ServingOptions options = {});

  std::vector<http::Route> routes() const;

 private:
  std::shared_ptr<SideThreads> side_;
  std::shared_ptr<const Door> door_;
};

}  // namespace fovea::wire
