# shellcheck shell=bash
# sets up, builds, trains and triages a mixed English and Chinese inbox
#
# usage: ./dev demo
# Installs packages, builds the release programs, trains the example's models from its labelled messages (skipped while
# table and trainer stay the same), decides the inbox of examples/support-triage and compares with its own labels.
# Run again, it decides nothing twice. ./dev clean --demo starts it anew.

# shellcheck source=dev.d/packages.sh
. dev.d/packages.sh
# shellcheck source=dev.d/compile.sh
. dev.d/compile.sh

example=examples/support-triage
fovea=build/release/fovea

# What a model was made from: the table, and everything of the program that training runs through.
model_fingerprint() {
  {
    cat "$example/messages.jsonl"
    find src/engine src/base -type f ! -name '*_test.cpp' ! -name '*_fuzz.cpp' ! -name '*.md' -print0 |
      sort -z | xargs -0 cat
  } | sha256sum | cut -d' ' -f1
}

train_models() {
  local print
  print=$(model_fingerprint)
  if [[ -f $example/model/report.html && $(cat "$example/model.made-from" 2>/dev/null) == "$print" ]]; then
    say "train: $example/model is up to date"
    return
  fi
  rm -rf "$example/model.made-from"
  say "train: $example/messages.jsonl ($(wc -l <"$example/messages.jsonl") messages) -> $example/model"
  "$fovea" train "$example/messages.jsonl" --text text --label label --out "$example/model" --seed 1 ||
    die "training failed; the lines above say why"
  echo "$print" >"$example/model.made-from"
}

main() {
  [[ $# -eq 0 ]] || usage_error "unknown argument '$*'"
  local begun id
  begun=$(date +%s)
  install_packages build train
  build_programs
  train_models
  say ""
  "$fovea" run "$example/flow.yaml" --once ||
    die "the run failed; the lines above say why, and ./dev demo goes on where it stopped"
  say ""
  say "Against the labels that the inbox's writers gave (the model never saw these messages):"
  "$fovea" decisions "$example/flow.yaml" --json >build/demo-decisions.jsonl ||
    die "the decisions could not be read back"
  python3 dev.d/score.py "$example/labels.csv" build/demo-decisions.jsonl
  id=$(python3 dev.d/score.py --interesting build/demo-decisions.jsonl)
  cat >&2 <<END

The demo took $(seconds_since "$begun") s. What comes next:
  why one of them went where it did   $fovea explain $id --state $example/.fovea
  check the proof of all of them      $fovea audit verify --state $example/.fovea
  train on a table of your own        $fovea train TABLE.csv --text COLUMN --label COLUMN --out model
The training report with its plots is $example/model/report.html
END
}
