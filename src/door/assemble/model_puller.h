// Models of registries, pulled by their address: serve/registry with this process's clock, HTTP and environment.
// Threads: every call from any. Errors: those of serve/registry.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "serve/fetch/http_fetch.h"
#include "serve/inference/model_places.h"
#include "serve/registry/model_cache.h"

namespace fovea::assemble {

using PulledModel = registry::Pulled;

// Where what is fetched is kept: the folder given, or this environment's default.
std::string model_cache_folder(std::string given);

class ModelPuller {
 public:
  // `cache_folder`: as given to model_cache_folder().
  explicit ModelPuller(std::string cache_folder = {});

  Result<PulledModel> pull(const std::string& address, const registry::OnProgress& progress = {});

 private:
  SystemClock clock_;
  std::unique_ptr<fetch::HttpFetch> http_;
  registry::ModelCache cache_;
};

// As the next version of DIR/NAME.
Result<uint64_t> add_pulled(const std::string& folder, const std::string& address, const PulledModel& pulled);

}  // namespace fovea::assemble
