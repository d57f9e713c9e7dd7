# shellcheck shell=bash
# Libraries that run other people's graphs, from their wheels into build/backends, where fovea looks for them by itself.

# backend_facts NAME: the wheel, the library in it, the name under which fovea looks for it, the environment's variable.
backend_facts() {
  case $1 in
    onnxruntime) echo onnxruntime==1.32.0 'onnxruntime/capi/libonnxruntime.so.*' libonnxruntime.so FOVEA_ONNXRUNTIME ;;
    openvino) echo openvino==2026.4.1 'openvino/libs/libopenvino_c.so.*' libopenvino_c.so FOVEA_OPENVINO ;;
  esac
}

# fetch_backends NAME...
fetch_backends() {
  local name wheel library link variable found python=build/backends/python
  for name in "$@"; do
    read -r wheel library link variable < <(backend_facts "$name")
    if [[ ! -e build/backends/$link ]]; then
      say "setup: $wheel into build/backends (up to 180 MB)"
      need_disk 1 . "the library"
      [[ -x $python/bin/pip ]] || /usr/bin/python3 -m venv "$python" || return
      "$python/bin/pip" install -q --no-deps "$wheel" || return
      # shellcheck disable=SC2206  # a pattern of the one file
      found=("$python"/lib/python3*/site-packages/$library)
      [[ -f ${found[0]} ]] || { say_error "the wheel of $name has no $library" && return 1; }
      ln -sf "${found[0]#build/backends/}" "build/backends/$link"
    fi
    say "setup: $name is build/backends/$link, where fovea under build/ finds it;"
    say "setup: elsewhere: export $variable=$PWD/build/backends/$link"
  done
}

# backend_line NAME: where its library is, for ./dev doctor.
backend_line() {
  local wheel library link variable
  read -r wheel library link variable < <(backend_facts "$1")
  if [[ -n ${!variable:-} ]]; then
    [[ -e ${!variable} ]] || printf 'missing: '
    echo "${!variable} ($variable)"
  elif [[ -e build/backends/$link ]]; then
    echo "build/backends/$link"
  elif ldconfig -p 2>/dev/null | grep -qF "$link"; then
    echo "$link of the system"
  else
    echo "missing (./dev setup --with $1)"
  fi
}
