// The models as the doors see them, ready only together with the flows beside them: every probe of either door asks
// ready(). Journey: between the doors and the models (or what rolls them out).
// Borrows both. Threads: every call from any.
#pragma once

#include <functional>

#include "serve/inference/inference.h"

namespace fovea::assemble {

class ModelsAndFlows final : public inference::Inference {
 public:
  // `flows_ready`: all of them run and take in what is posted.
  ModelsAndFlows(inference::Inference& models, std::function<bool()> flows_ready)
      : models_(models), flows_ready_(std::move(flows_ready)) {}

  std::unique_ptr<inference::Ticket> submit(inference::Call call, inference::Done done) override {
    return models_.submit(std::move(call), std::move(done));
  }
  Result<std::shared_ptr<const inference::Model>> model(std::string_view name,
                                                        std::string_view version) const override {
    return models_.model(name, version);
  }
  std::vector<inference::ModelState> models() const override { return models_.models(); }
  Result<inference::Statistics> statistics(std::string_view name, std::string_view version) const override {
    return models_.statistics(name, version);
  }
  Result<void> load(std::string_view name, std::string_view version = {}) override {
    return models_.load(name, version);
  }
  Result<void> unload(std::string_view name) override { return models_.unload(name); }
  bool ready() const override { return flows_ready_() && models_.ready(); }

 private:
  inference::Inference& models_;
  const std::function<bool()> flows_ready_;
};

}  // namespace fovea::assemble
