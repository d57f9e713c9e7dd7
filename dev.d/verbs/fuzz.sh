# shellcheck shell=bash
# runs the fuzzers with clang 19: ./dev fuzz mail_fuzz --seconds 600
#
# usage: ./dev fuzz [NAME]... [--seconds N]
# Fuzzers are the *_fuzz.cpp beside the code; without a name all of them, N seconds each (60). The seeds of
# tests/corpus/NAME are read, what is found is kept in build/fuzz/NAME. A finding ends with the input's path.

# shellcheck source=dev.d/packages.sh
. dev.d/packages.sh
# shellcheck source=dev.d/compile.sh
. dev.d/compile.sh

main() {
  local seconds=60 names=() name seeds
  while (($#)); do
    case $1 in
      --seconds)
        [[ ${2:-} =~ ^[0-9]+$ ]] || usage_error "--seconds needs a number"
        seconds=$2
        shift
        ;;
      -*) usage_error "unknown argument '$1'" ;;
      *) names+=("$1") ;;
    esac
    shift
  done
  ((${#names[@]})) || mapfile -t names < <(find src -name '*_fuzz.cpp' -printf '%f\n' | sed 's/\.cpp$//' | sort)
  ((${#names[@]})) || die "there is no fuzzer (*_fuzz.cpp)"
  install_packages build train tests fuzz
  configure fuzz
  compile fuzz "${names[@]}"
  for name in "${names[@]}"; do
    mkdir -p "build/fuzz/corpus/$name" "build/fuzz/findings/$name"
    seeds=()
    [[ -d tests/corpus/$name ]] && seeds=("tests/corpus/$name")
    say "fuzz: $name for $seconds s"
    "build/fuzz/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 \
      -artifact_prefix="build/fuzz/findings/$name/" "build/fuzz/corpus/$name" "${seeds[@]}" \
      >"build/fuzz/findings/$name/log" 2>&1 ||
      die "$name found something; the log and the input are in build/fuzz/findings/$name"
  done
  say "fuzz: ${#names[@]} fuzzers, nothing found"
}
