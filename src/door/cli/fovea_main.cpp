#include "door/cli/cli.h"

int main(int argc, char** argv) {
  return fovea::cli::run_cli(argc, argv);
}
