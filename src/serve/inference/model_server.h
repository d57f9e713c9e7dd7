// The models of a server: loads them, keeps what serves, replaces it without a request failing, and has calls run.
// Journey: `fovea serve` makes one; the doors speak to it as an Inference.
// Where models lie: a folder of its own for each name; under `models_dir` a folder NAME, or NAME/N with numbered
// versions of which the highest serves. "null" as a folder is the null model. KIND:PLACE has that kind of backend open
// it, a place without a kind the first of `backends` that takes it, else the engine. Loading: memory is asked for,
// weights are read, golden outputs compared, lengths measured; then calls that come take the new one, and the old one
// goes when its last call is answered. Threads: every call from any; load() and unload() of one at a time.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/models/load_options.h"
#include "serve/inference/backend_kind.h"
#include "serve/inference/inference.h"
#include "serve/inference/lane.h"

namespace fovea::inference {

struct ModelPlace {
  std::string name, folder;
};

struct ModelServerOptions {
  std::vector<ModelPlace> models;
  std::string models_dir;  // empty: none
  models::LoadOptions load;
  std::vector<BackendKind> backends;          // besides the engine
  Nanos deadline = std::chrono::seconds(10);  // of calls that bring none
  schedule::SchedulerOptions schedule;        // workers 0: processors()
};

class ModelServer final : public Inference {
 public:
  // Loads nothing yet. Errors: kInvalidArgument for names that are not [A-Za-z0-9][A-Za-z0-9._-]{0,127} or come twice.
  static Result<std::unique_ptr<ModelServer>> create(ModelServerOptions options, const Clock& clock);
  ~ModelServer() override;

  Result<void> load_all();  // the first that fails ends it
  // No call is taken any more; waits until those that were are answered. False: not all within `grace`.
  bool drain(Nanos grace);

  std::unique_ptr<Ticket> submit(Call call, Done done) override;
  Result<std::shared_ptr<const Model>> model(std::string_view name, std::string_view version) const override;
  std::vector<ModelState> models() const override;
  Result<Statistics> statistics(std::string_view name, std::string_view version) const override;
  Result<void> load(std::string_view name) override;
  Result<void> unload(std::string_view name) override;
  bool ready() const override;
  size_t waiting() const { return lane_->waiting(); }

 private:
  struct Entry {
    std::string folder;  // as given; may hold numbered versions
    std::shared_ptr<LaneModel> active;
    std::string state = "UNAVAILABLE", reason = "not loaded";
    bool wanted = true;  // counts for ready()
  };

  ModelServer(ModelServerOptions options, const Clock& clock);
  Result<std::shared_ptr<LaneModel>> find(std::string_view name, std::string_view version) const;
  Result<std::shared_ptr<LaneModel>> open(const std::string& name, const std::string& folder);
  const BackendKind* kind_of(std::string_view& place) const;
  const BackendKind* kind_that_takes(const std::string& place) const;
  Result<std::string> folder_of(std::string_view name);
  void set_state(const std::string& name, std::string state, std::string reason);

  const ModelServerOptions options_;
  const Clock& clock_;
  std::unique_ptr<Lane> lane_;
  mutable std::mutex mutex_;  // of entries_
  std::mutex loading_;        // one load or unload at a time
  std::map<std::string, Entry, std::less<>> entries_;
  std::atomic<bool> draining_{false};
};

}  // namespace fovea::inference
