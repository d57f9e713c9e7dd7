// The models of a server: loads them, keeps what serves, replaces it without a request failing, and has calls run.
// Journey: `fovea serve` makes one; the doors speak to it as an Inference.
// Where models lie: a place for each name (model_places.h); under `models_dir` a folder NAME, or NAME/N with numbered
// versions, of which the one that serves is the alias "prod", or else the highest. "null" as a folder is the null
// model. Versions: the one that serves, those that aliases name and those that were asked for by number serve at once.
// Loading: memory is asked for, weights are read, golden outputs compared, lengths measured; then calls that come take
// the new one, and the old one goes when its last call is answered. What can't be loaded leaves what serves serving.
// Threads: every call from any; load(), unload() and refresh() of one at a time.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/models/load_options.h"
#include "serve/inference/backend_kind.h"
#include "serve/inference/cached_lane.h"
#include "serve/inference/inference.h"
#include "serve/inference/lane.h"
#include "serve/inference/left_behind.h"
#include "serve/inference/model_places.h"

namespace fovea::inference {

struct ModelServerOptions {
  std::vector<ModelPlace> models;
  std::string models_dir;  // empty: none
  models::LoadOptions load;
  std::vector<BackendKind> backends;          // besides the engine
  Nanos deadline = std::chrono::seconds(10);  // of calls that bring none
  schedule::SchedulerOptions schedule;        // workers 0: processors()
  size_t cache_bytes = 0;                     // of answers (cached_lane.h); 0: none
  PullModel pull;                             // addresses; null: refused
};

class ModelServer final : public Inference {
 public:
  // Loads nothing yet. Errors: kInvalidArgument for names that are not [A-Za-z0-9][A-Za-z0-9._-]{0,127} or come twice.
  static Result<std::unique_ptr<ModelServer>> create(ModelServerOptions options, const Clock& clock);
  ~ModelServer() override;

  Result<void> load_all();  // the first that fails ends it
  // Looks where each model's name and aliases point now, and loads what changed. A version that failed is tried again
  // when it is another one, or when what it lacked may have come (memory, a registry).
  void refresh();
  // No call is taken any more; waits until those that were are answered, but for shadows'. False: not all within
  // `grace`.
  bool drain(Nanos grace);
  void end_shadows();  // for good; what does not return within a moment is left behind
  // Runs of shadows that have not returned: their threads share what they touch, and go on.
  std::vector<std::string> left_behind() const { return left_behind_->all(); }

  std::unique_ptr<Ticket> submit(Call call, Done done) override;
  Result<std::shared_ptr<const Model>> model(std::string_view name, std::string_view version) const override;
  std::vector<ModelState> models() const override;
  Result<Statistics> statistics(std::string_view name, std::string_view version) const override;
  Result<void> load(std::string_view name, std::string_view version = {}) override;
  Result<void> unload(std::string_view name) override;
  bool ready() const override;
  size_t waiting() const { return lane_->waiting(); }

 private:
  // Which lanes a version has: the one of all calls, the one behind it.
  struct Lanes {
    bool main = true, background = false;
  };
  // A version that serves: in at least one lane, of one backend.
  struct Serving {
    std::shared_ptr<LaneModel> main, background;
    const std::shared_ptr<LaneModel>& model() const { return main ? main : background; }
  };
  struct Served : Serving {
    std::string folder;
    std::string reason;  // of a later load that failed
  };
  struct Failed {
    std::string folder, reason;
    bool again = false;  // refresh() may try the same
  };
  using Aliases = std::map<std::string, std::string, std::less<>>;  // to versions
  struct Entry {
    ModelPlace place;
    std::map<std::string, Served> versions{};
    std::map<std::string, Failed> failed{};
    std::string active{};  // of `versions`; empty: none
    Aliases aliases{};
    std::set<std::string> asked{};                             // versions that were loaded by number
    std::string state = "UNAVAILABLE", reason = "not loaded";  // while nothing serves
    bool wanted = true;                                        // counts for ready()
  };

  ModelServer(ModelServerOptions options, const Clock& clock);
  Result<Serving> find(std::string_view name, std::string_view version) const;
  Result<std::shared_ptr<const Backend>> open(const std::string& name, const FoundVersion& found);
  const BackendKind* kind_for(const FoundVersion& found) const;
  Result<ModelPlace> place_of(std::string_view name);
  Result<void> load_version(const std::string& name, const FoundVersion& found, Lanes lanes);
  Result<Served> open_in(const std::string& name, const FoundVersion& found, Lanes lanes);
  void put(const std::string& name, const FoundVersion& found, Served served);
  void note_failed(const std::string& name, const FoundVersion& found, const Error& error);
  void load_aliases(const std::string& name, const ModelPlace& place, bool changed_only);
  void let_go(const std::string& name);
  bool serves_from(const std::string& name, const FoundVersion& found, Lanes lanes) const;
  static Lanes lanes_of(const ModelPlace& place, const Aliases& aliases, const std::string& version);
  void refresh_one(const std::string& name);
  void retire(const Served& served);
  Lane& lane_for(const LaneModel& model) { return model.background ? *background_ : *lane_; }

  const ModelServerOptions options_;
  const Clock& clock_;
  const ModelPlaces places_;
  std::unique_ptr<Lane> lane_;
  std::unique_ptr<Lane> background_;  // of shadows: a thread of its own that gives way to all others
  const std::shared_ptr<LeftBehind> left_behind_ = std::make_shared<LeftBehind>();
  std::unique_ptr<CachedLane> cache_;  // null: none
  mutable std::mutex mutex_;           // of entries_
  std::mutex loading_;                 // one load or unload at a time
  std::map<std::string, Entry, std::less<>> entries_;
  std::atomic<bool> draining_{false};
};

}  // namespace fovea::inference
