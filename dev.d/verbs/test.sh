# shellcheck shell=bash
# builds with tests and runs them; --asan, --tsan, --interop, --realdata, -R REGEX narrow or widen
#
# usage: ./dev test [--quick] [--asan] [--tsan] [--interop] [--realdata] [-R REGEX] [-L LABEL]
# Labels: house, unit, journey, realdata, peers, interop, slow. By default everything but interop and peers; --quick
# leaves out slow and realdata too; --realdata and --interop run only these. --asan and --tsan build in folders of their
# own and run unit and journey there. --interop installs and starts the third-party programs that it needs, torch and
# transformers among them (label peers; 6 GB). --interop --quick leaves these out and compares a tenth of the lines: it
# installs 800 MB, takes minutes, and is what continuous integration runs behind ./dev test.

# shellcheck source=dev.d/packages.sh
. dev.d/packages.sh
# shellcheck source=dev.d/compile.sh
. dev.d/compile.sh
# shellcheck source=dev.d/backends.sh
. dev.d/backends.sh
# shellcheck source=dev.d/peers.sh
. dev.d/peers.sh

# run_ctest PRESET ARGUMENTS...
run_ctest() {
  local preset=$1
  shift
  ctest --test-dir "build/$preset" -j "$(nproc)" --output-on-failure --no-tests=error "$@"
}

main() {
  local preset=release choose=() only='' quick='' jobs=()
  while (($#)); do
    case $1 in
      --quick)
        quick=yes
        choose=(-LE '^(interop|peers|slow|realdata)$')
        ;;
      --asan | --tsan) preset=${1#--} ;;
      --interop | --realdata) only=${1#--} ;;
      -R | -L)
        [[ -n ${2:-} ]] || usage_error "$1 needs a regular expression"
        choose+=("$1" "$2")
        shift
        ;;
      *) usage_error "unknown argument '$1'" ;;
    esac
    shift
  done
  install_packages build train tests
  python3 tests/house/layers.py >&2 || die "the includes do not keep to LAYERS; the lines above say where"
  case $only in
    realdata) choose=(-L '^realdata$') ;;
    interop)
      if [[ $quick ]]; then
        choose=(-L '^interop$')
        quick_interop_environment
      else
        choose=(-L '^(interop|peers)$')
        interop_environment
        triton_environment
        server_environments
        registries_environment
      fi
      clients_environment
      graphs_environment
      ;;
  esac
  if [[ $preset != release ]]; then
    ((${#choose[@]})) || choose=(-L '^(unit|journey)$')
    jobs=(--timeout 900)
  fi
  ((${#choose[@]})) || choose=(-LE '^(interop|peers)$')
  configure "$preset" -DFOVEA_TESTS=ON
  compile "$preset"
  run_ctest "$preset" "${jobs[@]}" "${choose[@]}"
}
