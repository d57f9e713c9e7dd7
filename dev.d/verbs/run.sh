# shellcheck shell=bash
# runs fovea from the release build: ./dev run explain 17
#
# usage: ./dev run ARGUMENTS...
# Builds build/release/fovea if it is not there; then hands every argument to it.

# shellcheck source=dev.d/packages.sh
. dev.d/packages.sh
# shellcheck source=dev.d/compile.sh
. dev.d/compile.sh

main() {
  if [[ ! -x build/release/fovea ]]; then
    install_packages build train
    build_programs
  fi
  exec build/release/fovea "$@"
}
