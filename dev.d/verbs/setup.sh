# shellcheck shell=bash
# installs the Debian packages that fovea is built with
#
# usage: ./dev setup [--with SECTION]...
# Sections of packages.txt: build and train always; tests, fuzz, tidy, interop when asked for. Only what is missing is
# installed (apt, through sudo where you are not root); a second run takes a moment. Never asks a question.

# shellcheck source=dev.d/packages.sh
. dev.d/packages.sh

main() {
  local sections=(build train)
  while (($#)); do
    case $1 in
      --with)
        [[ ${2:-} =~ ^(tests|fuzz|tidy|interop)$ ]] || usage_error "--with takes tests, fuzz, tidy or interop"
        sections+=("$2")
        shift 2
        ;;
      *) usage_error "unknown argument '$1'" ;;
    esac
  done
  install_packages "${sections[@]}"
}
