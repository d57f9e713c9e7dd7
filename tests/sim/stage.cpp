#include "tests/sim/stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "act/append_file.h"
#include "act/move_file.h"
#include "flow/file/flow_file.h"
#include "stream/connectors/jsonl.h"
#include "trust/audit/leaf.h"
#include "trust/audit/verify.h"

namespace fovea::sim {
namespace {

namespace fs = std::filesystem;

class Ear final : public flow::Tap {
 public:
  explicit Ear(std::vector<std::string>& notices) : notices_(notices) {}
  void kept(const store::Turn& turn) override { events_ += turn.events.size() + static_cast<size_t>(turn.duplicates); }
  void notice(const std::string& text) override { notices_.push_back(text); }
  size_t events() const { return events_; }  // that were kept, duplicates among them

 private:
  std::vector<std::string>& notices_;
  std::atomic<size_t> events_{0};
};

// Moves the clock on while threads wait for retries, once all that the source had is kept: no sooner, or an event would
// be late on a slow machine.
class Ticker {
 public:
  Ticker(VirtualClock& clock, const WrappedSource& source, const Ear& ear, bool on) {
    if (on) thread_ = std::thread([this, &clock, &source, &ear] { tick(clock, source, ear); });
  }
  ~Ticker() {
    ended_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  void tick(VirtualClock& clock, const WrappedSource& source, const Ear& ear) {
    while (!ended_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      if (source.exhausted() && ear.events() >= source.pulled()) clock.advance(std::chrono::seconds(2));
    }
  }
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

std::string connector_of(file::Source::Kind kind) {
  switch (kind) {
    case file::Source::Kind::kMail:
      return "mail";
    case file::Source::Kind::kMbox:
      return "mbox";
    case file::Source::Kind::kCsv:
      return "csv";
    case file::Source::Kind::kFolder:
      return "folder";
    default:
      return "jsonl";
  }
}

}  // namespace

Stage::Stage(StageOptions options)
    : disk(options.seed),
      options_(std::move(options)),
      vfs_(disk),
      key_(audit::SigningKey::from_seed("fovea/stage", {1, 2, 3})) {
  fs::remove_all(options_.folder);
  fs::create_directories(state());
  if (options_.real_disk) {
    files_ = std::make_unique<RealFiles>();
  } else {
    files_ = std::make_unique<DiskFiles>(disk);
  }
}

Stage::~Stage() {
  std::error_code ignored;
  fs::remove_all(options_.folder, ignored);
}

Result<void> Stage::put(const std::string& name, std::string_view bytes) {
  return files_->write_atomic(path(name), bytes);
}

Result<std::string> Stage::read(const std::string& path) {
  return files_->read(path, 0, UINT64_MAX);
}

Result<std::unique_ptr<store::Store>> Stage::open_store() {
  return store::Store::create({state(), false, options_.real_disk ? "" : vfs_.name(), flow.name});
}

Result<flow::Summary> Stage::run(const std::string& name, Around around) {
  auto summary = run_parts(name, around);
  vfs_.forget_shared_memory();
  return summary;
}

Result<flow::Summary> Stage::run_parts(const std::string& name, Around around) {
  exhausted_ = false;
  pulled_ = 0;
  FOVEA_TRY(flow, file::load_flow(*files_, path(name)));
  FOVEA_TRY(auto store, open_store());
  std::unique_ptr<store::Store> reader;
  if (options_.threads) {
    FOVEA_TRY(reader, store::Store::create({state(), true, "", flow.name}));
  }
  if (!files_->size(state() + "/audit/key.pub"))
    FOVEA_OK(files_->write_atomic(state() + "/audit/key.pub", key_.verify_key().text() + "\n"));
  FOVEA_TRY(auto log, audit::AuditLog::create(*files_, state() + "/audit", key_));
  act::Effectors effectors;
  AttemptScript script = options_.attempts ? options_.attempts : [](const auto&, int) { return Attempt::kDone; };
  auto append = act::make_append_file(*files_);
  if (options_.plant) append = options_.plant(std::move(append));
  effectors.add(make_scripted_effector("append", std::move(append), remote, script));
  effectors.add(make_scripted_effector("move", act::make_move_file(*files_), remote, script));
  effectors.add(make_scripted_effector("http", nullptr, remote, script));
  effectors.add(make_scripted_effector("mail", nullptr, remote, script));
  auto open_model = [this](const file::Rung& rung, const file::Sure&) {
    std::string base = fs::path(rung.model).filename().string();
    Result<std::vector<std::unique_ptr<ladder::Rung>>> rungs;
    auto found = options_.models.find(base);
    if (found == options_.models.end()) {
      rungs = fail(Code::kNotFound, "the stage has no such model", base);
      return rungs;
    }
    rungs->push_back(make_stub_model(found->second, clock));
    auto second = options_.second_rungs.find(base);
    if (second != options_.second_rungs.end()) rungs->push_back(make_stub_model(second->second, clock));
    return rungs;
  };
  FOVEA_TRY(auto journey, flow::Journey::create(flow, {clock, open_model, std::string(kSecret)}));
  Result<std::unique_ptr<connectors::Source>> inner = options_.source ? options_.source(*this) : open_source();
  if (!inner) return std::unexpected(inner.error());
  WrappedSource source(std::move(*inner), around);
  FOVEA_OK(journey->restore(*store));
  FOVEA_TRY(std::string cursor, store->cursor(flow.source.name));
  if (!cursor.empty()) FOVEA_OK(source.resume(cursor));
  Ear ear(notices);
  flow::RequestBox requests(*files_, state());
  flow::Runner runner(
      {clock, source, *store, reader.get(), *journey, *log, effectors, &ear, true, options_.threads, &requests});
  Ticker ticker(clock, source, ear, options_.threads);
  auto summary = runner.run();
  exhausted_ = source.exhausted();
  pulled_ = source.pulled();
  return summary;
}

// The simulated disk has no folders: there a source is always a file of JSON lines.
Result<std::unique_ptr<connectors::Source>> Stage::open_source() {
  connectors::SourceOptions options{flow.source.name, true};
  if (options_.real_disk)
    return connectors::open_source(connector_of(flow.source.kind), flow.source.path, options, *files_);
  return std::make_unique<connectors::RecordSource>(
      options, "events.jsonl", connectors::open_file_stream(flow.source.path, *files_), connectors::jsonl_format());
}

std::vector<std::string> Stage::state_files() {
  std::vector<std::string> paths;
  if (!options_.real_disk) {
    paths = disk.paths();
    std::erase_if(paths, [&](const std::string& path) { return !path.starts_with(state() + "/"); });
    return paths;
  }
  for (const auto& entry : fs::recursive_directory_iterator(state())) {
    if (entry.is_regular_file()) paths.push_back(entry.path().string());
  }
  return paths;
}

void Stage::power_back() {
  disk.restart(disk.out());
  vfs_.forget_shared_memory();
}

std::vector<std::string> faults_of(Stage& stage, store::Store& store) {
  std::vector<std::string> faults;
  auto checked = store.check();
  if (!checked) return {"store check: " + checked.error().text()};
  faults = std::move(*checked);
  auto totals = store.totals();
  if (!totals) return {"totals: " + totals.error().text()};
  if (totals->ingested != totals->decided + totals->dead + totals->late + totals->dropped)
    faults.push_back("the fates do not add up");
  auto leaves = store.leaves(0, SIZE_MAX / 2);
  if (!leaves) return {"leaves: " + leaves.error().text()};
  auto rows = [&](uint64_t index, std::string_view leaf) -> Result<void> {
    if (index < leaves->size() && (*leaves)[index].bytes == leaf) return {};
    return fail(Code::kDataLoss, "is not the leaf that the store holds");
  };
  auto verified = audit::verify_log(stage.files(), stage.state() + "/audit", rows, &stage.key());
  if (!verified) {
    if (!(leaves->empty() && verified.error().code == Code::kNotFound))
      faults.push_back("audit: " + verified.error().text());
  } else {
    if (!verified->ok) faults.push_back("audit: " + verified->first_bad);
    if (verified->entries != leaves->size())
      faults.push_back(fmt::format("audit: {} entries, {} leaves", verified->entries, leaves->size()));
  }
  auto decisions = store.decisions(0, SIZE_MAX / 2);
  if (!decisions) return {"decisions: " + decisions.error().text()};
  for (const store::Found& found : *decisions) {
    if (found.leaf < 0 || static_cast<size_t>(found.leaf) >= leaves->size()) continue;
    auto same = audit::check_leaf((*leaves)[static_cast<size_t>(found.leaf)].bytes, found.decision, found.salt,
                                  found.payload_digest);
    if (!same) faults.push_back(fmt::format("the leaf of {}: {}", found.decision.event_id, same.error().text()));
  }
  return faults;
}

}  // namespace fovea::sim
