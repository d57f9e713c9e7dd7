// A backend whose runs can be left behind, so that one that never returns holds up nobody: each runs in a thread of its
// own on copies of its items, and where nobody waits for it any more it has a grace to return. For versions whose
// answers nobody needs: shadows.
// Journey: around the backend of a version behind all others; Lane runs it like any other.
// Ownership: a run's thread shares all that it touches (the backend, its copies, where it is noted as left behind), so
// it may outlive the server. Threads: every call from any. Errors: those of the backend; kCancelled where a run was
// left behind, kUnavailable while one still is, kInternal where one that nobody gives up (at load) outlasted
// `patience`, kResourceExhausted where no thread could be had.
#pragma once

#include <atomic>
#include <memory>

#include "base/clock.h"
#include "serve/inference/backend.h"
#include "serve/inference/left_behind.h"

namespace fovea::inference {

struct Detaching {
  Nanos grace = std::chrono::seconds(1);      // to return, once nobody waits for a run
  Nanos patience = std::chrono::seconds(60);  // with a run that is given up neither by `pause` nor by `abandoned`
};

class DetachableBackend final : public Backend {
 public:
  // `ended`: no run is waited for any more; it outlives the runs, not their threads.
  DetachableBackend(std::shared_ptr<const Backend> backend, std::shared_ptr<LeftBehind> left_behind,
                    const std::atomic<bool>& ended, Detaching detaching = {});

  const Model& model() const override { return backend_->model(); }
  int steps() const override { return 1; }
  Result<Item> read(const Text& text, bool cut, const std::string& where) const override {
    return backend_->read(text, cut, where);
  }
  Result<Item> read(Ids ids, const std::string& where) const override { return backend_->read(std::move(ids), where); }
  Result<Item> read(Feed feed, const std::string& where) const override {
    return backend_->read(std::move(feed), where);
  }
  Result<void> run(const Run& run) const override;

 private:
  struct Shared;  // by the threads of runs
  struct Errand;  // one run
  static void carry_out(const std::shared_ptr<Shared>& shared, const std::shared_ptr<Errand>& errand);
  Result<void> leave(const std::shared_ptr<Errand>& errand, Error why) const;

  const std::shared_ptr<const Backend> backend_;
  const std::shared_ptr<Shared> shared_;
  const std::atomic<bool>& ended_;
  const Detaching detaching_;
};

}  // namespace fovea::inference
