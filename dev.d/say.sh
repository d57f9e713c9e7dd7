# shellcheck shell=bash
# How ./dev speaks: one line each, errors with a way out, everything on standard error so that --json stays clean.
say() { printf '%s\n' "$*" >&2; }
say_error() { printf './dev: %s\n' "$*" >&2; }
# die MESSAGE: ends with one clear line.
die() {
  say_error "$*"
  exit 1
}
# usage_error MESSAGE: the arguments are off.
usage_error() {
  say_error "$* (see ./dev ${verb:-} --help)"
  exit 2
}
# show_fraction WHAT: reads lines and prints WHAT with each tenth that `[done/all ...]` lines or `N%` lines pass;
# other lines pass through. On a terminal one line is rewritten.
show_fraction() {
  local rewrite=0
  if [[ -t 2 ]]; then rewrite=1; fi
  awk -v what="$1" -v rewrite="$rewrite" '
    function show(done, all,   tenth) {
      tenth = int(done * 10 / all)
      if (rewrite) printf "\r%s: %d of %d ", what, done, all
      else if (tenth != last) printf "%s: %d of %d\n", what, done, all
      last = tenth; open = rewrite; fflush()
    }
    match($0, /^\[[0-9]+\/[0-9]+/) { split(substr($0, 2, RLENGTH - 1), part, "/"); show(part[1], part[2]); next }
    { if (open) print ""; open = 0; print; fflush() }
    END { if (open) print "" }' >&2
}
# seconds_since START: whole seconds since START (as `date +%s` gave it).
seconds_since() { echo $(($(date +%s) - $1)); }
