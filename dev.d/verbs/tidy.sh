# shellcheck shell=bash
# checks the source: layers, tidy, format, shellcheck; --deep adds clang-tidy 19
#
# usage: ./dev tidy [--deep [FILE]...]
# --deep runs clang-tidy with the checks of .clang-tidy over the files that differ from the main branch's parent commit,
# or over the files named; `--deep all` over every file (slow).

# shellcheck source=dev.d/packages.sh
. dev.d/packages.sh
# shellcheck source=dev.d/compile.sh
. dev.d/compile.sh

deep() {
  local files=("$@")
  install_packages build train tests tidy
  configure release -DFOVEA_TESTS=ON
  if [[ ${files[*]} == all ]]; then
    mapfile -t files < <(find src -name '*.cpp' ! -name '*_fuzz.cpp' | sort)
  elif ((${#files[@]} == 0)); then
    mapfile -t files < <(git diff --name-only --diff-filter=d HEAD~1 -- 'src/*.cpp' | grep -v '_fuzz\.cpp$')
  fi
  if ((${#files[@]} == 0)); then
    say "tidy: no changed file"
    return
  fi
  printf '%s\n' "${files[@]}" | xargs -P "$(build_jobs)" -n 1 clang-tidy-19 --quiet -p build/release 2>/dev/null
}

main() {
  install_packages build train tests
  python3 tests/house/layers.py
  python3 tests/house/tidy.py
  ./dev format --check
  local scripts
  mapfile -t scripts < <(find dev dev.d .ci -type f \( -name '*.sh' -o -name dev -o -name run \) | sort)
  shellcheck -x "${scripts[@]}"
  say "tidy: ${#scripts[@]} scripts are clean"
  if [[ ${1:-} == --deep ]]; then
    shift
    deep "$@"
  fi
}
