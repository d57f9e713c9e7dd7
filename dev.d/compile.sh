# shellcheck shell=bash
# Configures a preset and builds targets in build/PRESET, with as many jobs as cores and memory carry.

# build_jobs: one per core, one per 2 GB of free memory (the torch unit needs that much), at least one.
build_jobs() {
  local cores memory_gb
  cores=$(nproc)
  memory_gb=$(awk '/^MemAvailable/ { print int($2 / 2000000) }' /proc/meminfo)
  ((memory_gb >= 1)) || memory_gb=1
  echo $((cores < memory_gb ? cores : memory_gb))
}

# configure PRESET [CMAKE_ARGUMENTS]...: at most once for the same arguments; cmake itself notices later changes.
configure() {
  local preset=$1 folder=build/$1
  shift
  local words="$preset $*"
  if [[ -f $folder/build.ninja && $(cat "$folder/configured" 2>/dev/null) == "$words" ]]; then return; fi
  # A folder that was made elsewhere (a copied checkout) is made anew.
  if [[ -f $folder/CMakeCache.txt ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$folder/CMakeCache.txt"; then
    rm -rf "$folder"
  fi
  mkdir -p "$folder"
  if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
  cmake --preset "$preset" "$@" >"$folder/configure.log" 2>&1 || {
    grep -A8 -m1 'CMake Error' "$folder/configure.log" >&2 || tail -n 20 "$folder/configure.log" >&2
    die "configuring failed; the whole log is $folder/configure.log"
  }
  echo "$words" >"$folder/configured"
}

# compile PRESET TARGET...: builds and says how long it took.
compile() {
  local preset=$1 folder=build/$1 begun
  shift
  need_disk 2 . "building"
  # What one checkout compiled serves the next one, wherever it lies.
  export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=true CCACHE_SLOPPINESS=time_macros
  begun=$(date +%s)
  if ! NINJA_STATUS='[%f/%t] ' ninja -C "$folder" -j "$(build_jobs)" "$@" 2>&1 | tee "$folder/build.log" |
    grep --line-buffered -v -e '^ninja: Entering' | show_fraction "build"; then
    die "the build failed; the whole log is $folder/build.log"
  fi
  say "build: $folder is up to date ($(seconds_since "$begun") s)"
}

# build_programs: the release program, and the trainer that `fovea train` starts; no tests.
# A folder that already has the tests keeps them: switching would only configure again.
build_programs() {
  local tests=OFF
  if grep -qx 'FOVEA_TESTS:BOOL=ON' build/release/CMakeCache.txt 2>/dev/null; then tests=ON; fi
  configure release -DFOVEA_TESTS=$tests
  compile release fovea fovea-train-torch
}
