# shellcheck shell=bash
# builds the release programs: build/release/fovea and the trainer
#
# usage: ./dev build [--preset NAME] [TARGET]...
# Without arguments: the programs of the release preset, without tests. With a preset (release, debug, asan, tsan):
# everything of it, or the targets named. ./dev setup comes first by itself.

# shellcheck source=dev.d/packages.sh
. dev.d/packages.sh
# shellcheck source=dev.d/compile.sh
. dev.d/compile.sh

main() {
  local preset=release targets=()
  while (($#)); do
    case $1 in
      --preset)
        [[ ${2:-} =~ ^(release|debug|asan|tsan)$ ]] || usage_error "--preset takes release, debug, asan or tsan"
        preset=$2
        shift 2
        ;;
      -*) usage_error "unknown argument '$1'" ;;
      *)
        targets+=("$1")
        shift
        ;;
    esac
  done
  if [[ $preset == release && ${#targets[@]} -eq 0 ]]; then
    install_packages build train
    build_programs
    return
  fi
  install_packages build train tests
  configure "$preset" -DFOVEA_TESTS=ON
  compile "$preset" "${targets[@]}"
}
