# shellcheck shell=bash
# removes build/ and the demo's model, state and output
#
# usage: ./dev clean [--demo]
# With --demo only what the demo made, so that it starts anew.

main() {
  [[ $# -eq 0 || ($# -eq 1 && $1 == --demo) ]] || usage_error "unknown argument '$*'"
  local example=examples/support-triage
  rm -rf "$example/model" "$example/.fovea" "$example/out"
  [[ ${1:-} == --demo ]] || rm -rf build
  say "clean: done"
}
