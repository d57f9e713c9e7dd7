// `fovea serve`: models that answer over HTTP, until it is told to stop.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace fovea::cli {

void add_serve_command(CLI::App& app, std::function<int()>& chosen);

}  // namespace fovea::cli
