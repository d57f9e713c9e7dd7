// The models as one caller sees them: those that its key does not name are not there; what it submits goes in under its
// tenant, with no higher priority than its key has, and is charged to its key when it is answered.
// Journey: between a door's request and the server's models.
// Borrows `all` and `clock`, which must outlive it and what was submitted. Threads: any.
// Errors: as inference::Inference; kNotFound for a model that is not for this caller, as for one that is not there.
#pragma once

#include "door/access/caller.h"
#include "serve/inference/inference.h"

namespace fovea::access {

class CallersModels final : public inference::Inference {
 public:
  CallersModels(inference::Inference& all, const Clock& clock, Caller caller)
      : all_(all), clock_(clock), caller_(std::move(caller)) {}

  std::unique_ptr<inference::Ticket> submit(inference::Call call, inference::Done done) override;
  Result<std::shared_ptr<const inference::Model>> model(std::string_view name, std::string_view version) const override;
  std::vector<inference::ModelState> models() const override;
  Result<inference::Statistics> statistics(std::string_view name, std::string_view version) const override;
  Result<void> load(std::string_view name, std::string_view version = {}) override;
  Result<void> unload(std::string_view name) override;
  bool ready() const override { return all_.ready(); }

 private:
  Result<void> check(std::string_view name) const;

  inference::Inference& all_;
  const Clock& clock_;
  const Caller caller_;
};

}  // namespace fovea::access
