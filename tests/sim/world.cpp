#include "tests/sim/world.h"

#include <fmt/format.h>

#include <algorithm>

namespace fovea::sim {
namespace {

constexpr int kStartsMax = 60;

class World {
 public:
  World(const Scenario& scenario, Plant plant, const std::string& folder)
      : scenario_(scenario), random_(scenario.seed + 99), stage_(options(plant, folder)) {
    stage_.disk.lies_about_sync = plant == Plant::kNoSync;
  }

  Lived live() {
    prepare();
    for (int left = scenario_.starts_with_faults; lived_.starts < kStartsMax;) {
      bool faulty = left-- > 0;
      if (start(faulty) && !faulty) break;
    }
    if (lived_.starts >= kStartsMax) fault("the program never came to its end");
    if (lived_.faults.empty()) after_holds();
    if (lived_.faults.empty()) judge();
    return std::move(lived_);
  }

 private:
  StageOptions options(Plant plant, const std::string& folder) {
    StageOptions o;
    o.folder = folder;
    o.seed = scenario_.seed;
    o.models = scenario_.models;
    o.second_rungs = scenario_.second_rungs;
    o.attempts = [this](const record::Effect& effect, int attempt) { return attempt_of(scenario_, effect, attempt); };
    if (plant == Plant::kEager) o.plant = make_eager_effector;
    if (plant == Plant::kAmnesic) o.plant = make_amnesic_effector;
    o.source = [this](Stage&) -> Result<std::unique_ptr<connectors::Source>> {
      return std::unique_ptr<connectors::Source>(std::make_unique<ScriptedSource>(
          "jsonl:./events.jsonl", scenario_.given, scenario_.piece, scenario_.steps_back));
    };
    return o;
  }

  void fault(std::string text) { lived_.faults.push_back(std::move(text)); }

  void prepare() {
    bool put = stage_.put("flow.yaml", scenario_.flow).has_value();
    for (const auto& [name, bytes] : scenario_.tables) put = put && stage_.put(name, bytes).has_value();
    if (!put) fault("the scenario's files cannot be written");
    bool lies = stage_.disk.lies_about_sync;
    stage_.power_back();
    stage_.disk.lies_about_sync = lies;
  }

  // True: the run came to its end.
  bool start(bool faulty) {
    ++lived_.starts;
    if (faulty) {
      uint64_t kind = random_.below(8), reach = lived_.starts == 1 ? 250 : 120;
      if (kind < 6) {
        stage_.disk.crash_at = 1 + random_.below(reach);
      } else if (kind == 6) {
        uint64_t used = 0;
        for (const std::string& path : stage_.disk.paths()) used += stage_.disk.find(path)->size();
        stage_.disk.capacity = used + random_.below(150'000);
      } else {
        stage_.disk.break_at = 1 + random_.below(reach);
      }
    }
    if (random_.below(4) == 0) stage_.clock.jump(std::chrono::minutes(static_cast<int64_t>(random_.below(60)) - 30));
    auto summary = stage_.run("flow.yaml");
    bool crashed = stage_.disk.out();
    if (!summary && !crashed) {
      bool full = summary.error().code == Code::kResourceExhausted;
      bool expected = faulty && (full || summary.error().code == Code::kUnavailable);
      (full ? lived_.full : lived_.broken) += 1;
      if (!expected) fault("start " + std::to_string(lived_.starts) + ": " + summary.error().text());
    }
    lived_.crashes += crashed;
    stage_.power_back();
    check_cursor();
    return summary && !crashed && stage_.exhausted();
  }

  void check_cursor() {
    auto store = stage_.open_store();
    if (!store) return fault("the store does not open: " + store.error().text());
    auto cursor = (*store)->cursor("jsonl:./events.jsonl");
    if (!cursor) return fault("the cursor cannot be read");
    auto at = std::strtoll(cursor->c_str(), nullptr, 10);
    if (at + static_cast<int64_t>(scenario_.steps_back) < cursor_) fault("the cursor went back");
    cursor_ = std::max<int64_t>(cursor_, at);
  }

  // Holds end; then one more start finds nothing to do.
  void after_holds() {
    stage_.clock.advance(std::chrono::hours(1));
    if (auto summary = stage_.run("flow.yaml"); !summary) fault("after the holds: " + summary.error().text());
    auto idle = stage_.run("flow.yaml");
    if (!idle) return fault("idle: " + idle.error().text());
    if (idle->ingested != 0 || idle->committed != 0 || idle->failed != 0) fault("an idle start did something");
  }

  void judge() {
    auto opened = stage_.open_store();
    if (!opened) return fault("the store does not open: " + opened.error().text());
    store::Store& store = **opened;
    for (std::string& each : faults_of(stage_, store)) fault(std::move(each));
    judge_fates(store);
    judge_effects(store);
    judge_privacy();
  }

  void judge_fates(store::Store& store) {
    auto totals = store.totals();
    lived_.events = totals->ingested;
    if (totals->ingested != static_cast<int64_t>(scenario_.ids.size()))
      fault(fmt::format("{} events were given, {} have a fate", scenario_.ids.size(), totals->ingested));
    // An event whose time or id could not be read is kept under the source's own id.
    std::vector<std::string> ids(scenario_.ids.begin(), scenario_.ids.end());
    auto seen = store.seen("jsonl:./events.jsonl", ids);
    for (const std::string& id : ids) {
      if (!seen->contains(id)) {
        fault("no fate: " + id);
      } else if (seen->at(id).times != 1) {
        fault("more than one fate: " + id);
      }
    }
  }

  void judge_effects(store::Store& store) {
    std::map<std::string, std::multiset<std::string>> intended, found;
    std::map<std::string, int> calls;
    auto decisions = store.decisions(0, SIZE_MAX / 2);
    for (const store::Found& each : *decisions) {
      auto effects = store.effects_of(each.seq);
      bool noted = false;
      for (const record::Effect& effect : *effects) {
        ++lived_.effects;
        noted = noted || effect.name == "note";
        if (effect.state != record::EffectState::kCommitted)
          fault(fmt::format("effect {} is {} ({})", effect.key, record::state_name(effect.state), effect.last_error));
        if (effect.kind == "append") {
          intended[std::string(text_or(member(effect.arguments, "path"), ""))].insert(
              to_text(member(effect.arguments, "body")));
        } else {
          ++calls[effect.key];
        }
      }
      if (noted == each.decision.for_human) fault("the effect of " + each.decision.event_id + " was not intended");
    }
    for (const char* name : {"out.jsonl", "tally.jsonl"}) read_lines(stage_.path(name), found[stage_.path(name)]);
    std::erase_if(found, [](const auto& entry) { return entry.second.empty(); });
    for (const auto& [path, lines] : intended) {
      if (lines != found[path])
        fault(fmt::format("{} lines were intended for {}, {} stand there", lines.size(), path, found[path].size()));
    }
    for (const auto& [path, lines] : found) {
      if (!lines.empty() && !intended.contains(path)) fault("lines that nobody intended in " + path);
    }
    if (calls != stage_.remote.happened) fault("the calls that happened are not those that were intended");
  }

  void read_lines(const std::string& path, std::multiset<std::string>& lines) {
    auto bytes = stage_.read(path);
    if (!bytes) return;
    std::string_view rest = *bytes;
    for (size_t end; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1)) {
      auto json = parse_json(rest.substr(0, end));
      if (!json) fault("a torn line in " + path + ": " + to_text(Json(boost::json::string(rest.substr(0, end)))));
      lines.insert(std::string(rest.substr(0, end)));
    }
    if (!rest.empty()) fault("a torn line at the end of " + path);
  }

  void judge_privacy() {
    for (const std::string& path : stage_.disk.paths()) {
      const std::string* bytes = stage_.disk.find(path);
      for (const std::string& raw : scenario_.raw) {
        if (bytes->find(raw) != std::string::npos) fault(raw + " stands in " + path);
      }
    }
  }

  const Scenario& scenario_;
  Random random_;
  Lived lived_;
  Stage stage_;
  int64_t cursor_ = 0;
};

}  // namespace

Lived live(const Scenario& scenario, Plant plant, const std::string& folder) {
  return World(scenario, plant, folder).live();
}

}  // namespace fovea::sim
