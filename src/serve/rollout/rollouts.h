// Shadows and canaries in front of the models: an Inference that asks another one.
// Journey: between the doors and ModelServer, where a models file declares them; calls that name a version pass by, and
// so do those of other models.
// A canary's failure fails no call: what failed on its side (not the request itself) is asked of the primary.
// A call's key decides (Call::key, or else what it asks): a key keeps its version while a step lasts, and one that was
// moved to the canary stays there as it grows.
// State of canaries is kept in a file, replaced as a whole at every step. Threads: one of its own, which judges; every
// call from any. Errors: of create(): kDataLoss (the state file), those of files.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "serve/inference/inference.h"
#include "serve/rollout/canary.h"
#include "serve/rollout/plan.h"
#include "serve/rollout/shadow.h"

namespace fovea::rollout {

struct RolloutOptions {
  std::vector<Plan> plans;
  std::string state_file;  // empty: kept in memory only
  Nanos judged_every = std::chrono::seconds(1);
  // A version was promoted: told once, in the thread that judges. It serves all calls from then on in any case.
  std::function<void(const std::string& model, const std::string& version)> promoted;
  std::function<void(const std::string& line)> tell;  // every step, in words
};

class Rollouts final : public inference::Inference {
 public:
  // Borrows inference, files and clock.
  static Result<std::unique_ptr<Rollouts>> create(RolloutOptions options, inference::Inference& inference, Files& files,
                                                  const Clock& clock);
  ~Rollouts() override;

  std::unique_ptr<inference::Ticket> submit(inference::Call call, inference::Done done) override;
  Result<std::shared_ptr<const inference::Model>> model(std::string_view name,
                                                        std::string_view version) const override {
    return inference_.model(name, version);
  }
  std::vector<inference::ModelState> models() const override { return inference_.models(); }
  Result<inference::Statistics> statistics(std::string_view name, std::string_view version) const override;
  Result<void> load(std::string_view name, std::string_view version = {}) override {
    return inference_.load(name, version);
  }
  Result<void> unload(std::string_view name) override { return inference_.unload(name); }
  bool ready() const override { return inference_.ready(); }

  void judge();  // now; its thread calls it

 private:
  struct Model {
    Plan plan;
    std::unique_ptr<Shadow> shadow;
    std::unique_ptr<Canary> canary;
    std::string compared_target;
  };
  Rollouts(RolloutOptions options, inference::Inference& inference, Files& files, const Clock& clock);
  Result<void> restore();
  void save();
  std::string target_of(const Model& model) const;
  void work();

  const RolloutOptions options_;
  inference::Inference& inference_;
  Files& files_;
  const Clock& clock_;
  std::map<std::string, Model, std::less<>> models_;  // fixed once made
  std::mutex judging_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace fovea::rollout
