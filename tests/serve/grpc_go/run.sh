#!/bin/sh
# A client in Go against the gRPC door: run.sh STUB_SERVER. 77: no Go, or its modules are not to be had.
set -eu
command -v go >/dev/null || { echo "skipped: no go"; exit 77; }
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$dir"' EXIT
export GOFLAGS=-mod=readonly
go mod download || { echo "skipped: google.golang.org/grpc is not to be had"; exit 77; }
go build -o "$dir/client" .
mkfifo "$dir/held"
"$1" <"$dir/held" >"$dir/ports" &
server=$!
exec 3>"$dir/held"
until [ "$(wc -l <"$dir/ports")" -ge 2 ]; do
  kill -0 "$server" 2>/dev/null || { echo "the server did not start"; exit 1; }
  sleep 0.1
done
"$dir/client" "127.0.0.1:$(sed -n 2p "$dir/ports")"
