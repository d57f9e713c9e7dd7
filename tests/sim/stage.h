// Sets the whole journey up around a simulated or a real disk and a clock that is moved, runs it, and takes it down
// again, as one start of the program: a new store, log, journey, source and runner over the same state folder.
// Threads: one; with StageOptions::threads the runner's own as well.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "flow/runner.h"
#include "tests/sim/disk.h"
#include "tests/sim/disk_files.h"
#include "tests/sim/disk_vfs.h"
#include "tests/sim/stubs.h"
#include "trust/audit/note.h"

namespace fovea::sim {

constexpr TimePoint kStart{1'788'249'600'000'000'000};  // 2026-09-01T08:00:00Z
constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";

class Stage;

struct StageOptions {
  std::string folder;      // of the flow; the state is in folder/.fovea
  bool real_disk = false;  // RealFiles and SQLite's own VFS, in `folder`
  bool threads = false;
  uint64_t seed = 1;
  std::map<std::string, ModelScript> models;  // by the folder that the flow names: "./model"
  std::map<std::string, ModelScript> second_rungs;
  AttemptScript attempts;                                                               // null: all go well
  std::function<std::unique_ptr<act::Effector>(std::unique_ptr<act::Effector>)> plant;  // around `append`
  std::function<Result<std::unique_ptr<connectors::Source>>(Stage&)> source;            // null: the flow's own
};

class Stage {
 public:
  explicit Stage(StageOptions options);
  ~Stage();

  Result<void> put(const std::string& name, std::string_view bytes);  // a file of the folder, durable
  // One start of the program with the flow in `name`.
  Result<flow::Summary> run(const std::string& name, Around around = {});
  bool exhausted() const { return exhausted_; }  // the source of the last run gave all it had
  size_t pulled() const { return pulled_; }      // events in the last run

  Result<std::unique_ptr<store::Store>> open_store();
  std::string state() const { return options_.folder + "/.fovea"; }
  std::string path(const std::string& name) const { return options_.folder + "/" + name; }
  std::vector<std::string> state_files();  // paths of all files under the state folder
  Result<std::string> read(const std::string& path);
  const audit::VerifyKey& key() const { return key_.verify_key(); }
  Files& files() { return *files_; }
  void power_back();  // after a crash or an error: what was not synced may be gone

  VirtualClock clock{kStart};
  Disk disk;
  Remote remote;
  std::vector<std::string> notices;
  file::FlowFile flow;  // of the last run

 private:
  Result<flow::Summary> run_parts(const std::string& name, Around around);
  Result<std::unique_ptr<connectors::Source>> open_source();

  StageOptions options_;
  DiskVfs vfs_;
  std::unique_ptr<Files> files_;
  audit::SigningKey key_;
  bool exhausted_ = false;
  size_t pulled_ = 0;
};

// What must hold in any state folder between runs; one line for each fault.
std::vector<std::string> faults_of(Stage& stage, store::Store& store);

}  // namespace fovea::sim
