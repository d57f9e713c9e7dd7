// What a seed stands for: a flow, its tables, events in the order in which the source gives them, and the faults.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "record/event.h"
#include "tests/sim/stage.h"

namespace fovea::sim {

struct Scenario {
  uint64_t seed = 0;
  std::string flow;
  std::map<std::string, std::string> tables;
  std::map<std::string, ModelScript> models, second_rungs;
  std::vector<record::Event> given;  // with repetitions, not in the order of time
  std::set<std::string> ids;         // as they are kept, each to have one fate
  std::vector<std::string> raw;      // personal data that no file may hold
  size_t piece = 8, steps_back = 0;  // of the source
  int starts_with_faults = 0;        // how many starts of the program end in a crash, a full disk or an I/O error
  int effect_faults_percent = 0;
};

Scenario make_scenario(uint64_t seed);

// How the attempts of this seed go.
Attempt attempt_of(const Scenario& scenario, const record::Effect& effect, int attempt);

}  // namespace fovea::sim
