# shellcheck shell=bash
# Installs what packages.txt lists. Only what is missing is asked for, so that a second call costs a moment.

# packages_of SECTION...: the packages of these sections.
packages_of() {
  local section
  for section in "$@"; do
    awk -v want="# $section" '/^#/ { on = ($0 == want); next } on && NF' packages.txt
  done
}

# missing_of PACKAGE...: those that are not installed. dpkg-query fails where it does not know one of them.
missing_of() {
  local have
  # shellcheck disable=SC2016  # the format is dpkg-query's own
  have=$({ dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true; } |
    awk '$1 == "installed" { print $2 }')
  printf '%s\n' "$@" | grep -vxF -f <(printf '%s\n' "$have") || true
}

# as_root COMMAND...: by itself where we are root, else through sudo, which may ask only at a terminal.
as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif [[ -t 0 ]]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

# need_disk GIGABYTES FOLDER WHAT
need_disk() {
  local free_kb
  free_kb=$(df -Pk "$2" | awk 'NR == 2 { print $4 }')
  ((free_kb >= $1 * 1048576)) ||
    die "too little disk: $3 needs $1 GB under $2, $((free_kb / 1048576)) GB are free"
}

# run_apt LOG ARGUMENTS...: apt-get without questions, its words in LOG, its progress as lines; waits for a lock.
# Progress is counted from apt's own lines: its status file descriptor does not pass sudo, and on standard output it
# would take that away from the packages' scripts.
run_apt() {
  local log=$1
  shift
  as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -y -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
    -o Acquire::Retries=2 -o APT::Update::Error-Mode=any "$@" </dev/null 2>&1 |
    tee -a "$log" |
    awk '
      function show(what, done,   step) {
        step = int(done * 4 / all)
        if (step != last[what]) { printf "setup: %s, %d of %d\n", what, done, all; fflush() }
        last[what] = step
      }
      /newly installed/ { all = $1 + $3 }
      all && /^Get:[0-9]/ { show("downloaded", ++got) }
      all && /^Unpacking / { show("unpacked", ++unpacked) }
      all && /^Setting up / { show("set up", ++set_up) }' >&2
}

# explain_apt LOG: why apt failed, in one line.
explain_apt() {
  local log=$1 words
  local no_network='Temporary failure resolving [^ ]+|Could not (connect to|resolve) [^ ]+|Unable to connect to [^ ]+'
  no_network+='|Connection (failed|timed out)|Network is unreachable'
  if words=$(grep -m1 -oE 'Could not get lock [^ ]+' "$log"); then
    die "apt is locked by another program for over 5 minutes (${words#Could not get lock }); try again when it is done"
  elif grep -qE "enough free space|No space left" "$log"; then
    die "too little disk for the packages: $(grep -m1 -E "enough free space|No space left" "$log")"
  elif words=$(grep -m1 -oE "$no_network" "$log"); then
    die "no network to Debian's package servers ($words); mend the connection or set http_proxy, then run this again"
  elif words=$(grep -m1 -oE 'Unable to locate package [^ ]+|Package .[^ ]+. has no installation candidate' "$log"); then
    die "a package is missing from this machine's apt sources ($words); Debian 12 has it in 'main'"
  elif grep -qE "sudo: |sudo.*not found" "$log"; then
    die "packages must be installed by root: run ./dev setup once as root or with sudo"
  fi
  die "apt could not install the packages: $(grep -m1 -E '^E:' "$log" || echo 'no reason given'); the whole log is $log"
}

# install_packages SECTION...
install_packages() {
  command -v apt-get >/dev/null ||
    die "this machine has no apt-get: fovea is built on Debian 12; packages.txt lists what it needs"
  local wanted missing log=build/setup.log begun
  mapfile -t wanted < <(packages_of "$@")
  mapfile -t missing < <(missing_of "${wanted[@]}")
  if ((${#missing[@]} == 0)); then
    say "setup: all ${#wanted[@]} packages are there"
    return
  fi
  if ! grep -qx 'VERSION_ID="12"' /etc/os-release 2>/dev/null || ! grep -qx 'ID=debian' /etc/os-release; then
    say "setup: warning: this is not Debian 12, on which fovea is built and tested; package names may differ"
  fi
  if [[ $(id -u) != 0 ]] && ! command -v sudo >/dev/null; then
    die "packages must be installed by root and there is no sudo: run ./dev setup once as root"
  fi
  need_disk 3 /usr "installing packages"
  mkdir -p build
  : >"$log"
  begun=$(date +%s)
  say "setup: installing ${#missing[@]} packages: ${missing[*]}"
  # A failed update is no end by itself: the lists on disk may do, and the install says the cause if they do not.
  run_apt "$log" update || say "setup: the package lists could not all be refreshed, going on with those on disk"
  run_apt "$log" install --no-install-recommends "${missing[@]}" || explain_apt "$log"
  mapfile -t missing < <(missing_of "${wanted[@]}")
  ((${#missing[@]} == 0)) || die "apt ended without an error, yet these are not installed: ${missing[*]}; see $log"
  say "setup: done in $(seconds_since "$begun") s"
}
