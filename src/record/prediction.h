// What the ladder made of one text: the answer, how sure it is, which rung gave it and which rungs were tried before.
// Journey: made by serve (a model's answer) and decide/ladder (the rung that was taken); read by decide and
// trust/explain.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"

namespace fovea::record {

// One piece of the text and how much the pooled row of the last layer looks at it. A focus map, not a reason.
struct Focus {
  uint32_t begin = 0, end = 0;  // bytes of the scored text
  float weight = 0;             // >= 0, sums to 1 over the message
};

struct Prediction {
  std::string label;
  double probability = 0;                              // calibrated
  double margin = 0;                                   // probability minus the runner-up's
  bool outside = false;                                // looks like none of the labels that the model knows
  std::string model;                                   // digest of the model that answered; empty for rules and default
  std::vector<std::pair<std::string, double>> scores;  // best first, at most 5
  std::vector<Focus> focus;                            // best first, at most 32; only attention models give it
  std::string precision = {};                          // of its layers: fp32, bf16, int8; empty where it has none
};

// How one rung fared. `outcome`: sure, unsure, outside, late, failed, skipped, missed (cache or rules had nothing).
struct RungAttempt {
  std::string rung;
  std::string outcome;
  std::string detail;  // "probability 0.41 under 0.62"
  int64_t spent_us = 0;
  std::string label;
  double probability = 0;
  std::string precision = {};  // as Prediction's
  double cost = 0;             // that another service took for it, in the currency of its model's file
};

// The prediction of a `score` step, named by its `as`.
struct Scored {
  std::string as;
  std::string rung;  // the rung that was taken: linear, attention, rules, cache, human, default
  Prediction prediction;
  std::vector<RungAttempt> attempts;  // in the order tried, the taken one last
  std::string text_digest;            // keyed digest of the scored text
};

Json to_json(const Scored& scored);
Result<Scored> scored_from_json(const Json& json);

}  // namespace fovea::record
