// Wires the commands that make and ask models to the parser.
#pragma once

#include "door/cli/look_commands.h"

namespace fovea::cli {

void add_model_commands(CLI::App& app, Command& chosen);

}  // namespace fovea::cli
