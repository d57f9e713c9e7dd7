// A case of the journey as its YAML file tells it (README.md).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/yaml/yaml.h"
#include "tests/sim/stubs.h"

namespace fovea::journey {

// One more start of the program, after these.
struct Later {
  Nanos advance{0};
  std::string events;             // appended to events.jsonl
  std::vector<std::string> undo;  // ids of events, asked for as the command does while the program runs
};

struct Expected {
  std::map<std::string, std::string> fates, rungs, labels;  // by event id
  std::map<std::string, std::string> outputs, attempts;     // by event id: "queue=desk", "linear unsure, rules sure"
  std::map<std::string, std::string> effects;               // by key: state
  std::map<std::string, std::string> dead;                  // by event id: "STAGE: part of the cause"
  std::map<std::string, std::string> remote;                // by key: how often it happened
  std::map<std::string, std::vector<std::string>> lines, queues;  // by file: lines in any order; by queue: event ids
  std::string duplicates, error;                                  // `error`: part of what the run ends with
};

struct Case {
  std::string file, name, flow;
  std::map<std::string, std::string> files;
  sim::ModelScript linear, attention;
  bool has_linear = false, has_attention = false;
  std::map<std::string, std::vector<sim::Attempt>> attempts;  // by effect name: how each attempt goes, then done
  std::vector<Later> later;
  Expected expect;
  std::vector<std::string> raw, without;  // texts that no file of the state may hold; configurations left out
  bool real_disk = false;
};

Result<std::vector<Case>> read_cases(const std::string& path);

}  // namespace fovea::journey
