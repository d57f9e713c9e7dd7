// The words of an explanation in each language: only here does a sentence differ between languages.
#pragma once

#include <string_view>

#include "trust/explain/explain.h"

namespace fovea::explain {

struct Words {
  std::string_view rungs, rules, focus, effects, proof, outputs;
  std::string_view focus_note;                 // under the map
  std::string_view no_text, no_rules, no_map;  // what is not there
  std::string_view late;                       // behind a deadline that was missed
  std::string_view cut;                        // the text goes on
};
const Words& words_of(Language language);

std::string rung_phrase(std::string_view rung, Language language);      // "the attention model", "规则"
std::string outcome_word(std::string_view outcome, Language language);  // sure, unsure, outside, late, ...
std::string state_word(record::EffectState state, Language language);

}  // namespace fovea::explain
