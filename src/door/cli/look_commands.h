// Wires the commands that look at what was kept, and change it, to the parser.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace fovea::cli {

using Command = std::function<int()>;  // a command keeps its options alive until it runs

void add_look_commands(CLI::App& app, Command& chosen);

}  // namespace fovea::cli
