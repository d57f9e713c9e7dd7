# shellcheck shell=bash
# runs the benchmarks of the release build, each with the hash of its result
#
# usage: ./dev bench [NAME]...
# Benchmarks are the *_bench.cpp beside the code. Without a name: all of them.

# shellcheck source=dev.d/packages.sh
. dev.d/packages.sh
# shellcheck source=dev.d/compile.sh
. dev.d/compile.sh

main() {
  local names=("$@") name
  ((${#names[@]})) || mapfile -t names < <(find src -name '*_bench.cpp' -printf '%f\n' | sed 's/\.cpp$//' | sort)
  ((${#names[@]})) || die "there is no benchmark (*_bench.cpp)"
  install_packages build train tests
  configure release -DFOVEA_TESTS=ON
  compile release "${names[@]}"
  for name in "${names[@]}"; do
    say "== $name"
    "build/release/$name"
  done
}
