#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Other people's programs check a live log: Go's sumdb/note and sumdb/tlog (Debian), @sigstore/core
# and @noble/curves (npm), a foreign witness (litewitness) and a foreign whole-log checker (fsck),
# the last two where the Go modules can be had. Needs the build in build/dev (or DETENTE_BIN).
# Prints one line for each check, says what was skipped and why, and "N passed, N failed".
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
here=$root/tests/others
bin=${DETENTE_BIN:-$root/build/dev/bin}
tools=$root/build/others/bin
torchwood=v0.9.0
tessera=v1.0.2
work=$(mktemp -d)
. "$here/nodes.sh"

helpers=()
finish() {
  stop_nodes
  local pid
  for pid in "${helpers[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT

passed=0
failed=0
skipped=0
skip() { skipped=$((skipped + 1)); echo "skip  $1: $2"; }
# checks TEXT COMMAND...: the command prints its own "ok" lines; each of them counts.
checks() {
  local text=$1 lines; shift
  if timeout 60 "$@" >"$work/out" 2>&1; then
    lines=$(grep -c '^ok ' "$work/out" || true)
    if [ "$lines" -gt 0 ]; then grep '^ok ' "$work/out"; else echo "ok    $text"; lines=1; fi
    passed=$((passed + lines))
  else
    failed=$((failed + 1)); echo "FAIL  $text"; tail -20 "$work/out"
  fi
}
# refuses TEXT WORDS COMMAND...: the command fails and says these words.
refuses() {
  local text=$1 words=$2; shift 2
  if timeout 60 "$@" >"$work/out" 2>&1; then failed=$((failed + 1)); echo "FAIL  $text: accepted"
  elif grep -q -E "$words" "$work/out"; then passed=$((passed + 1)); echo "ok    $text"
  else failed=$((failed + 1)); echo "FAIL  $text: no \"$words\""; tail -5 "$work/out"; fi
}
hex() { printf %s "$1" | sha256sum | cut -d' ' -f1; }
# vkey PARTY: the log key's verifier key in the agreement.
vkey() { grep -o "\"log\":\"$1\.[^\"]*\"" "$agreement" | cut -d'"' -f4; }

# ---- Go modules: a foreign witness and a foreign checker ----
# install_tool NAME PACKAGE: into $tools, once; 1 and a reason in $work/why if it cannot be had.
install_tool() {
  [ -x "$tools/$1-${2##*@}" ] && return 0
  command -v go >/dev/null || { echo "no go in the path (1.24 or newer is needed)" >"$work/why"; return 1; }
  mkdir -p "$tools"
  if ! GOBIN=$work/gobin timeout 100 go install "$2" >"$work/go.out" 2>&1; then
    tail -1 "$work/go.out" >"$work/why"
    return 1
  fi
  mv "$work/gobin/$1" "$tools/$1-${2##*@}"
}

# witnessctl, which registers logs, draws in a module that cannot be had here, so the two rows that
# it would write are written with sqlite3.
start_witness() {
  witness_at=127.0.0.1:$((40000 + RANDOM % 20000))
  ssh-agent -D -a "$work/agent" >/dev/null 2>&1 &
  helpers+=($!)
  for _ in $(seq 100); do [ -S "$work/agent" ] && break; sleep 0.05; done
  ssh-keygen -q -t ed25519 -N '' -f "$work/witness-key"
  SSH_AUTH_SOCK=$work/agent ssh-add -q "$work/witness-key"
  "$tools/litewitness-$torchwood" -db "$work/witness.db" -name witness.example/one -listen "$witness_at" \
    -ssh-agent "$work/agent" -key "$(ssh-keygen -l -f "$work/witness-key" | cut -d' ' -f2)" \
    >"$work/witness.out" 2>&1 &
  helpers+=($!)
  for _ in $(seq 100); do curl -s -o /dev/null "http://$witness_at/" && break; sleep 0.05; done
  witness_vkey=$(grep -o 'witness.example/one+[^" ]*' "$work/witness.out" | head -1)
  [ -n "$witness_vkey" ] || { tail -5 "$work/witness.out"; return 1; }
}
know_log() {  # PARTY
  local key name
  key=$(vkey "$1")
  name=${key%%+*}
  sqlite3 "$work/witness.db" ".timeout 5000" \
    "INSERT INTO log VALUES ('$name', 0, '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=')" \
    "INSERT INTO key VALUES ('$name', '$key')"
}

witness_vkey=
if install_tool litewitness "filippo.io/torchwood/cmd/litewitness@$torchwood"; then
  start_witness
else
  skip "litewitness $torchwood" "$(cat "$work/why")"
fi

# ---- three nodes, a log of more than two full tiles ----
make_nodes "$witness_vkey"
if [ -n "$witness_vkey" ]; then
  know_log north
  know_log south
  start_nodes --witness "witness.example/one=http://$witness_at"
else
  start_nodes
fi
settle
north=$(base north) south=$(base south) monitor=$(base monitor)
origin=north.example/detente/1

# ---- Go, with Debian's golang.org/x/mod ----
go=/usr/lib/go/bin/go
(cd "$here/go/checklog" && GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode "$go" build -o "$work/checklog" .)
check=$work/checklog
timeout 60 "$check" fill "$north" "$(officer_token north)" 600
settle
timeout 10 curl -s -o /dev/null -X POST -H "Authorization: Bearer $(officer_token south)" \
  -d '{"party":"north","index":20}' "$south/api/read"
settle
checks "every log and every copy" "$check" check "$agreement" "north=$north/log" "south=$south/log" \
  "monitor=$monitor/log" "north=$south/mirror/$(hex "$origin")" "north=$monitor/mirror/$(hex "$origin")"
timeout 10 "$check" save "$agreement" "north=$north/log" "$work/before"
timeout 10 curl -s -o /dev/null -X POST -H "Authorization: Bearer $(officer_token north)" \
  -d '{"reason":"one more"}' "$north/api/stops"
settle
checks "growth" "$check" grown "$agreement" "north=$north/log" "$work/before"
checks "changed bytes" "$check" tamper "$agreement" "north=$work/north/log"

# ---- npm: DSSE by @sigstore/core, Ed25519 by @noble/curves ----
if [ ! "$here/node_modules/.package-lock.json" -nt "$here/package-lock.json" ]; then
  (cd "$here" && timeout 120 npm ci --no-audit --no-fund --loglevel=error) >"$work/npm" 2>&1 || true
fi
if [ -d "$here/node_modules/@sigstore/core" ]; then
  checks "envelopes of north" node "$here/envelopes.mjs" "$agreement" north "$north"
  checks "envelopes of south" node "$here/envelopes.mjs" "$agreement" south "$south"
else
  skip "@sigstore/core" "npm ci failed: $(tail -1 "$work/npm")"
fi

# fsck SECONDS URL: it exits with 0 either way, or waits for ever at what is invalid, so what it
# prints decides.
fsck() {
  timeout "$1" "$tools/fsck-$tessera" --storage_url="$2" --public_key="$work/vkey" --ui=false -v=1 \
    >"$work/fsck" 2>&1 || true
}
fsck_passes() {
  fsck 30 "$2"
  if grep -q 'Completed ranges' "$work/fsck" && ! grep -q -E 'fsck failed|Invalid' "$work/fsck"; then
    passed=$((passed + 1)); echo "ok    fsck: $1"
  else failed=$((failed + 1)); echo "FAIL  fsck: $1"; tail -12 "$work/fsck"; fi
}
fsck_refuses() {
  fsck 3 "$2"
  if grep -q -E 'fsck failed|Invalid' "$work/fsck"; then passed=$((passed + 1)); echo "ok    fsck: $1"
  else failed=$((failed + 1)); echo "FAIL  fsck: $1"; tail -12 "$work/fsck"; fi
}

vkey north >"$work/vkey"
if install_tool fsck "github.com/transparency-dev/tessera/cmd/fsck@$tessera"; then
  fsck_passes "north's log over HTTP" "$north/log/"
  fsck_passes "south's copy of it over HTTP" "$south/mirror/$(hex "$origin")/"
  fsck_passes "north's folder" "file://$work/north/log/"
  cp -r "$work/north/log" "$work/bad"
  printf x | dd of="$work/bad/tile/entries/000" bs=1 seek=5000 conv=notrunc status=none
  fsck_refuses "a changed entry is refused" "file://$work/bad/"
else
  skip "tessera fsck $tessera" "$(cat "$work/why")"
fi

# The node of north asks the witness by itself; for south a client that is not ours does.
if [ -n "$witness_vkey" ]; then
  checks "north's node gets a foreign cosignature" "$check" cosigned "$agreement" "north=$north/log" "$witness_vkey"
  refuses "litewitness refuses a log that it does not know" "status 40[34]" \
    "$check" witness "$agreement" "monitor=$monitor/log" "$witness_vkey" "http://$witness_at"
  checks "litewitness from nothing" "$check" witness "$agreement" "south=$south/log" "$witness_vkey" "http://$witness_at"
  timeout 10 "$check" save "$agreement" "south=$south/log" "$work/before"
  timeout 10 curl -s -o /dev/null -X POST -H "Authorization: Bearer $(officer_token south)" \
    -d '{"reason":"witnessed"}' "$south/api/stops"
  timeout 10 curl -s -o /dev/null -X POST -H "Authorization: Bearer $(officer_token north)" \
    -d '{"reason":"witnessed"}' "$north/api/stops"
  settle
  checks "litewitness after growth" "$check" witness "$agreement" "south=$south/log" "$witness_vkey" \
    "http://$witness_at" "$work/before"
  checks "north's node gets one after growth" "$check" cosigned "$agreement" "north=$north/log" "$witness_vkey"
fi

printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
