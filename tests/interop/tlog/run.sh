#!/bin/sh
# Writes a log with ours, verifies it with Go's golang.org/x/mod: run.sh WRITE_SAMPLE_LOG. 77: no Go or no module.
set -eu
command -v go >/dev/null || { echo "skipped: no go"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$1" "$dir"
export GOFLAGS=-mod=readonly
go mod download || { echo "skipped: golang.org/x/mod is not to be had"; exit 77; }
go build -o "$dir/verify" .
"$dir/verify" "$dir"
# A flipped bit must be seen by it too, or the check checks nothing.
entry="$dir/export/tile/entries/000"
printf 'X' | dd of="$entry" bs=1 seek=12 conv=notrunc 2>/dev/null
if "$dir/verify" "$dir" 2>/dev/null; then echo "a changed entry was not seen"; exit 1; fi
