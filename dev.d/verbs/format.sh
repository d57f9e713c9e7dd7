# shellcheck shell=bash
# formats every C++ file with clang-format 19; --check only says which would change
#
# usage: ./dev format [--check] [FILE]...

# shellcheck source=dev.d/packages.sh
. dev.d/packages.sh

main() {
  local check=0 files=()
  if [[ ${1:-} == --check ]]; then
    check=1
    shift
  fi
  files=("$@")
  command -v clang-format-19 >/dev/null || install_packages tests
  ((${#files[@]})) || mapfile -t files < <(find src tests bench -name '*.cpp' -o -name '*.h' 2>/dev/null | sort)
  ((${#files[@]})) || die "no file to format"
  if ((check)); then
    clang-format-19 --dry-run --Werror "${files[@]}" || die "the files above are not formatted; ./dev format mends it"
  else
    clang-format-19 -i "${files[@]}"
  fi
  say "format: ${#files[@]} files"
}
