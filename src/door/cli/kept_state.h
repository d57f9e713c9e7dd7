// Opens a state folder to look at it, and names its parts for people.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "record/effect.h"
#include "store/store.h"

namespace fovea::cli {

// Which state a command means: --state DIR, or that of a flow file.
struct StateOptions {
  std::string flow, state;
  bool json = false;
  std::string dir() const;            // as assemble::state_dir says
  std::string options() const;        // what to type to mean the same state: " --state DIR", or nothing for the default
  std::string flow_or_guess() const;  // the flow file, one that lies beside the state, or "FLOW"
};

Result<std::unique_ptr<store::Store>> open_kept(const StateOptions& options);  // read-only

// The decision that a person means by `id`. Error: kNotFound with what to type.
Result<store::Found> find_decision(store::Store& store, const StateOptions& options, const std::string& id);

struct Label {
  std::string text;
  double probability = 0;
};
// What the last score said; of an event that waits for a person, the best guess of the rungs that were tried.
Label label_of(const record::Decision& decision);
std::string rung_of(const record::Decision& decision);

std::string short_name(const store::Found& found);                    // of its file, else its id
std::string opening(store::Store& store, const store::Found& found);  // first words of what was decided on, redacted
std::string shell_word(const std::string& text);                      // quoted for a shell where it has to be
std::string ago(Nanos duration);                                      // "3 min"
Json effect_json(const record::Effect& effect);
void say_effects(const std::vector<record::Effect>& effects);
std::string user_name();  // who sits at the keyboard

// A person may give FLOW and ID in either order: what is a file is the flow.
void flow_first(std::string& flow, std::string& id);

}  // namespace fovea::cli
