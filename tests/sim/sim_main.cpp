// sim --seeds N [--from SEED]   lives through N seeds; a failing one is named with the command that lives it again
// sim --seed S [--show]         lives through one, and shows its flow
// sim --plants                  breaks a contract on purpose and asks that a seed shows it
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "tests/sim/world.h"

namespace {

using namespace fovea;
using namespace fovea::sim;

std::string work_folder() {
  return (std::filesystem::temp_directory_path() / fmt::format("fovea-sim-{}", ::getpid())).string();
}

int live_seeds(uint64_t from, uint64_t count, bool show) {
  int64_t events = 0, effects = 0;
  int failed = 0, starts = 0, crashes = 0, full = 0, broken = 0;
  for (uint64_t seed = from; seed < from + count; ++seed) {
    Scenario scenario = make_scenario(seed);
    if (show) fmt::print("{}", scenario.flow);
    Lived lived = live(scenario, Plant::kNone, work_folder());
    events += lived.events, effects += lived.effects, starts += lived.starts;
    crashes += lived.crashes, full += lived.full, broken += lived.broken;
    if (lived.faults.empty()) continue;
    fmt::print("seed {} failed; live it again with: sim --seed {} --show\n", seed, seed);
    for (const std::string& fault : lived.faults) fmt::print("  {}\n", fault);
    if (++failed == 10) break;
  }
  fmt::print("{} seeds: {} starts, {} crashes, {} full disks, {} I/O errors, {} events, {} effects; {} failed\n", count,
             starts, crashes, full, broken, events, effects, failed);
  return failed == 0 && events > 0 && effects > 0 ? 0 : 1;
}

// Each planted fault must be found within a few hundred seeds.
int live_plants() {
  constexpr uint64_t kSeeds = 300;
  int missed = 0;
  for (auto [plant, name] :
       {std::pair(Plant::kNoSync, "a disk that does not sync"), std::pair(Plant::kEager, "effects before the commit"),
        std::pair(Plant::kAmnesic, "effects done again after each crash")}) {
    uint64_t seed = 1;
    std::string how;
    for (; seed <= kSeeds && how.empty(); ++seed) {
      Lived lived = live(make_scenario(seed), plant, work_folder());
      if (!lived.faults.empty()) how = lived.faults.front();
    }
    missed += how.empty();
    fmt::print("{}: {}\n", name, how.empty() ? "NOT FOUND" : fmt::format("found by seed {} ({})", seed - 1, how));
  }
  return missed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t from = 1, count = 100;
  bool show = false;
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    auto number = [&] { return i + 1 < argc ? std::strtoull(argv[++i], nullptr, 10) : 0; };
    if (word == "--seeds") {
      count = number();
    } else if (word == "--from") {
      from = number();
    } else if (word == "--seed") {
      from = number(), count = 1;
    } else if (word == "--show") {
      show = true;
    } else if (word == "--plants") {
      return live_plants();
    } else {
      fmt::print(stderr, "sim [--seeds N] [--from SEED] [--seed SEED] [--show] [--plants]\n");
      return 2;
    }
  }
  return live_seeds(from, count, show);
}
