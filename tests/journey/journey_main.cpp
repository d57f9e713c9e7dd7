// journey FOLDER [--case PART_OF_NAME] [--in CONFIGURATION]: runs every case under every configuration.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/time_text.h"
#include "tests/journey/journey_case.h"
#include "tests/sim/stage.h"

namespace fovea::journey {
namespace {

namespace fs = std::filesystem;

struct Configuration {
  std::string_view name;
  sim::Around around;
  bool threads = false, one_by_one = false;
  int crashes = 0, full = 0;
};

constexpr Configuration kConfigurations[] = {
    {"normal", {}},
    {"batch_of_one", {}, false, true},
    {"restart_every_turn", {true, false}, false, true},
    {"twice", {false, true}},
    {"twice_with_restarts", {true, true}},
    {"threads", {}, true},
    {"crashes", {}, false, false, 8, 0},
    {"crashes_one_by_one", {}, false, true, 12, 0},
    {"full_disk", {}, false, false, 0, 5},
};
constexpr int kStartsMax = 300, kAskedMax = 30;

class Trial {
 public:
  Trial(const Case& c, const Configuration& configuration, uint64_t seed)
      : case_(c), configuration_(configuration), random_(seed), stage_(options(seed)) {}

  std::vector<std::string> run() {
    std::string flow = case_.flow;
    if (configuration_.one_by_one && flow.find("limits:") == std::string::npos) flow += "\nlimits: { batch: 1 }\n";
    bool put = stage_.put("flow.yaml", flow).has_value();
    for (const auto& [name, bytes] : case_.files) {
      put = put && stage_.put(name, bytes).has_value();
      if (!case_.real_disk) continue;
      auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);  // not being written any more
      fs::last_write_time(stage_.path(name), old);
    }
    if (!put) return {"the case's files cannot be written"};
    stage_.power_back();
    int crashes = configuration_.crashes, full = configuration_.full;
    live(crashes, full);
    for (const Later& later : case_.later) {
      stage_.clock.advance(later.advance);
      if (!later.events.empty()) {
        if (!stage_.files().append(stage_.path("events.jsonl"), later.events)) say("cannot append");
      }
      if (later.undo.empty()) live(crashes, full);
      for (const std::string& id : later.undo) undo(id, crashes, full);
    }
    if (faults_.empty() && case_.expect.error.empty()) judge();
    return std::move(faults_);
  }

 private:
  sim::StageOptions options(uint64_t seed) {
    sim::StageOptions o;
    o.folder = (fs::temp_directory_path() / fmt::format("fovea-journey-{}", ::getpid())).string();
    o.seed = seed;
    o.threads = configuration_.threads;
    o.real_disk = case_.real_disk || configuration_.threads;
    if (case_.has_linear) o.models["model"] = case_.linear;
    if (case_.has_attention) o.second_rungs["model"] = case_.attention;
    o.attempts = [this](const record::Effect& effect, int attempt) {
      auto found = case_.attempts.find(effect.name);
      bool planned = found != case_.attempts.end() && static_cast<size_t>(attempt) < found->second.size();
      return planned ? found->second[static_cast<size_t>(attempt)] : sim::Attempt::kDone;
    };
    return o;
  }

  void say(std::string fault) { faults_.push_back(std::move(fault)); }

  // Starts until the source has given all it had and a start without faults came to its end.
  void live(int& crashes, int& full) {
    for (int starts = 0; starts < kStartsMax; ++starts) {
      if (crashes > 0) {
        --crashes;
        stage_.disk.crash_at = 1 + random_.below(90);
      } else if (full > 0) {
        --full;
        uint64_t used = 0;
        for (const std::string& path : stage_.disk.paths()) used += stage_.disk.find(path)->size();
        stage_.disk.capacity = used + random_.below(90'000);
      }
      bool faulty = stage_.disk.crash_at != 0 || stage_.disk.capacity != UINT64_MAX;
      auto summary = stage_.run("flow.yaml", configuration_.around);
      bool crashed = stage_.disk.out();
      stage_.power_back();
      if (!summary && !case_.expect.error.empty()) {
        if (summary.error().text().find(case_.expect.error) == std::string::npos) say(summary.error().text());
        return;
      }
      if (!summary && !faulty) return say("the run ended: " + summary.error().text());
      if (!summary || crashed) continue;
      duplicates_ += summary->duplicates;
      if (stage_.exhausted()) return;
    }
    say("it never came to its end");
  }

  // Asks until there is an answer: a crash may take the request with it.
  void undo(const std::string& id, int& crashes, int& full) {
    flow::RequestBox box(stage_.files(), stage_.state());
    for (int asked = 0; asked < kAskedMax; ++asked) {
      Json order = JsonObject{{"do", "undo"}, {"id", id}, {"by", "case"}};
      auto request = box.put(order, stage_.clock.now() + std::chrono::hours(24));
      if (!request) return say("cannot ask: " + request.error().text());
      live(crashes, full);
      if (box.fetch(*request)) return;
    }
    say("nobody answered the undo of " + id);
  }

  void judge() {
    auto opened = stage_.open_store();
    if (!opened) return say("the store does not open: " + opened.error().text());
    for (std::string& fault : sim::faults_of(stage_, **opened)) say(std::move(fault));
    judge_events(**opened);
    judge_effects(**opened);
    judge_files(**opened);
    if (!case_.expect.duplicates.empty() && configuration_.crashes + configuration_.full == 0 &&
        !configuration_.around.twice)
      same("duplicates", case_.expect.duplicates, std::to_string(duplicates_));
  }

  void same(const std::string& what, const std::string& expected, const std::string& found) {
    if (expected != found) say(fmt::format("{}: expected '{}', found '{}'", what, expected, found));
  }

  void judge_events(store::Store& store) {
    const Expected& e = case_.expect;
    auto decisions = store.decisions(0, SIZE_MAX / 2);
    auto letters = store.dead_letters(SIZE_MAX / 2);
    std::map<std::string, std::string> rungs, labels, outputs, attempts, dead;
    for (const store::Found& found : *decisions) {
      const record::Decision& d = found.decision;
      if (!d.scored.empty()) {
        const record::Scored& scored = d.scored.back();
        rungs[d.event_id] = scored.rung, labels[d.event_id] = scored.prediction.label;
        for (const auto& each : scored.attempts) {
          std::string& text = attempts[d.event_id];
          text += (text.empty() ? "" : ", ") + each.rung + " " + each.outcome;
        }
      }
      for (const auto& [name, value] : d.outputs) {
        std::string& text = outputs[d.event_id];
        text += (text.empty() ? "" : " ") + std::string(name) + "=" +
                (value.is_string() ? std::string(text_or(value, "")) : to_text(value));
      }
    }
    for (const auto& letter : *letters) {
      std::string& text = dead[letter.event_id];
      text += (text.empty() ? "" : "; ") + letter.stage + ": " + letter.cause;
    }
    compare_fates(store);
    for (const auto& [id, rung] : e.rungs) same("rung of " + id, rung, rungs[id]);
    for (const auto& [id, label] : e.labels) same("label of " + id, label, labels[id]);
    for (const auto& [id, text] : e.outputs) same("outputs of " + id, text, outputs[id]);
    for (const auto& [id, text] : e.attempts) same("attempts of " + id, text, attempts[id]);
    for (const auto& [id, text] : e.dead) {
      size_t colon = text.find(": ");
      std::string stage = text.substr(0, colon), part = colon == std::string::npos ? "" : text.substr(colon + 2);
      if (dead[id].find(stage + ": ") == std::string::npos || dead[id].find(part) == std::string::npos)
        say(fmt::format("dead letter of {}: expected '{}', found '{}'", id, text, dead[id]));
      dead.erase(id);
    }
    for (const auto& [id, text] : dead) {
      if (!text.empty()) say("an unexpected dead letter of " + id + ": " + text);
    }
    for (const auto& [queue, ids] : e.queues) {
      std::vector<std::string> found;
      auto reviews = store.reviews(queue, true, 1000);
      for (const store::Review& review : *reviews) found.push_back(review.event_id);
      std::ranges::sort(found);
      same("queue " + queue, fmt::format("{}", fmt::join(ids, " ")), fmt::format("{}", fmt::join(found, " ")));
    }
  }

  void compare_fates(store::Store& store) {
    const auto& fates = case_.expect.fates;
    if (fates.empty()) return;
    std::map<std::string, int64_t> count;
    for (const auto& [id, fate] : fates) ++count[fate];
    auto totals = store.totals();
    same("events", std::to_string(fates.size()), std::to_string(totals->ingested));
    same("decided", std::to_string(count["decided"]), std::to_string(totals->decided));
    same("dead", std::to_string(count["dead"]), std::to_string(totals->dead));
    same("late", std::to_string(count["late"]), std::to_string(totals->late));
    same("dropped", std::to_string(count["dropped"]), std::to_string(totals->dropped));
    std::vector<std::string> ids;
    for (const auto& [id, fate] : fates) ids.push_back(id);
    auto seen = store.seen(stage_.flow.source.name, ids);
    for (const std::string& id : ids) {
      if (!id.starts_with("line ") && !seen->contains(id)) say("no fate: " + id);
    }
  }

  void judge_effects(store::Store& store) {
    std::map<std::string, std::string> states;
    auto decisions = store.decisions(0, SIZE_MAX / 2);
    for (const store::Found& found : *decisions) {
      auto effects = store.effects_of(found.seq);
      for (const record::Effect& effect : *effects) states[effect.key] = record::state_name(effect.state);
    }
    for (const auto& [key, state] : case_.expect.effects)
      same("effect " + key, state == "none" ? "" : state, states[key]);
    for (const auto& [key, times] : case_.expect.remote)
      same("calls of " + key, times, std::to_string(stage_.remote.happened[key]));
  }

  void judge_files(store::Store&) {
    for (const auto& [name, expected] : case_.expect.lines) {
      std::vector<std::string> found;
      auto bytes = stage_.read(stage_.path(name));
      std::string_view rest = bytes ? std::string_view(*bytes) : std::string_view();
      for (size_t end; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1))
        found.emplace_back(rest.substr(0, end));
      if (!rest.empty()) say(name + " ends in a torn line");
      std::ranges::sort(found);
      same(name, fmt::format("{}", fmt::join(expected, "\n")), fmt::format("{}", fmt::join(found, "\n")));
    }
    for (const std::string& path : stage_.state_files()) {
      auto bytes = stage_.read(path);
      if (!bytes) continue;
      for (const std::string& raw : case_.raw) {
        if (bytes->find(raw) != std::string::npos) say(raw + " stands in " + path);
      }
    }
  }

  const Case& case_;
  const Configuration& configuration_;
  Random random_;
  sim::Stage stage_;
  std::vector<std::string> faults_;
  int64_t duplicates_ = 0;
};

int run_all(const std::string& folder, const std::string& part, const std::string& only) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  int trials = 0, failed = 0, count = 0;
  for (const fs::path& path : paths) {
    auto cases = read_cases(path.string());
    if (!cases) {
      fmt::print("{}\n", cases.error().text());
      return 1;
    }
    for (const Case& c : *cases) {
      if (c.name.find(part) == std::string::npos) continue;
      ++count;
      for (const Configuration& configuration : kConfigurations) {
        bool faulty = configuration.crashes + configuration.full > 0;
        bool left_out = std::ranges::find(c.without, configuration.name) != c.without.end() || (faulty && c.real_disk);
        if (left_out || (!only.empty() && only != configuration.name)) continue;
        ++trials;
        auto faults = Trial(c, configuration, 1000 + static_cast<uint64_t>(trials)).run();
        failed += !faults.empty();
        for (const std::string& fault : faults)
          fmt::print("{}: {} [{}]: {}\n", path.filename().string(), c.name, configuration.name, fault);
      }
    }
  }
  fmt::print("{} cases, {} trials; {} failed\n", count, trials, failed);
  return failed == 0 && trials > 0 ? 0 : 1;
}

}  // namespace
}  // namespace fovea::journey

int main(int argc, char** argv) {
  std::string folder, part, only;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (word == "--case" && i + 1 < argc) {
      part = argv[++i];
    } else if (word == "--in" && i + 1 < argc) {
      only = argv[++i];
    } else {
      folder = word;
    }
  }
  return fovea::journey::run_all(folder, part, only);
}
