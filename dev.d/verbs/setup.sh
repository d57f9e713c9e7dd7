# shellcheck shell=bash
# installs the Debian packages that fovea is built with
#
# usage: ./dev setup [--with PART[,PART]...]...
# Sections of packages.txt: build and train always; tests, fuzz, tidy, interop when asked for. Only what is missing is
# installed (apt, through sudo where you are not root); a second run takes a moment. Never asks a question.
# onnxruntime and openvino are libraries that run other people's graphs, taken from their wheels on PyPI.

# shellcheck source=dev.d/packages.sh
. dev.d/packages.sh
# shellcheck source=dev.d/backends.sh
. dev.d/backends.sh

main() {
  local sections=(build train) libraries=() part
  while (($#)); do
    case $1 in
      --with)
        [[ -n ${2:-} ]] || usage_error "--with needs a part"
        for part in ${2//,/ }; do
          case $part in
            tests | fuzz | tidy | interop) sections+=("$part") ;;
            onnxruntime | openvino) libraries+=("$part") ;;
            *) usage_error "--with takes tests, fuzz, tidy, interop, onnxruntime or openvino" ;;
          esac
        done
        shift 2
        ;;
      *) usage_error "unknown argument '$1'" ;;
    esac
  done
  ((${#libraries[@]} == 0)) || sections+=(backends)
  install_packages "${sections[@]}"
  fetch_backends "${libraries[@]}" || die "the library could not be fetched; the lines above say why"
}
