# shellcheck shell=bash
# says what this machine has of what fovea needs; changes nothing
#
# usage: ./dev doctor

# shellcheck source=dev.d/packages.sh
. dev.d/packages.sh
# shellcheck source=dev.d/compile.sh
. dev.d/compile.sh
# shellcheck source=dev.d/backends.sh
. dev.d/backends.sh

fact() { printf '%-11s %s\n' "$1" "$2"; }

missing_line() {
  local wanted missing
  mapfile -t wanted < <(packages_of "$1")
  mapfile -t missing < <(missing_of "${wanted[@]}")
  if ((${#missing[@]})); then echo "missing: ${missing[*]}"; else echo "all ${#wanted[@]} there"; fi
}

main() {
  [[ $# -eq 0 ]] || usage_error "unknown argument '$*'"
  # shellcheck source=/dev/null
  fact system "$(. /etc/os-release && echo "$PRETTY_NAME"), $(uname -m)"
  fact cores "$(nproc), $(awk '/^model name/ { sub(/.*: /, ""); print; exit }' /proc/cpuinfo)"
  fact vectors "$(grep -m1 '^flags' /proc/cpuinfo | grep -oE '\b(avx2|avx512f|avx512_vnni|amx_tile)\b' | xargs)"
  fact memory "$(awk '/^MemAvailable/ { print int($2 / 1048576) " GB free" }' /proc/meminfo), $(build_jobs) build jobs"
  fact disk "$(df -Ph . | awk 'NR == 2 { print $4 " free" }') (packages 3 GB, build 2 GB)"
  local section library
  for library in onnxruntime openvino; do fact "$library" "$(backend_line "$library")"; done
  for section in build train tests fuzz tidy backends interop; do fact "$section" "$(missing_line "$section")"; done
  local program="not built (./dev build)"
  [[ ! -x build/release/fovea ]] || program=build/release/fovea
  fact program "$program"
}
