// The command line of fovea.
#pragma once

namespace fovea::cli {

int run_cli(int argc, char** argv);  // gives the exit code

}  // namespace fovea::cli
