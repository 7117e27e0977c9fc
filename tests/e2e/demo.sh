#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The main job, as its user sees it: the demonstration is played once, every promise is kept, the
# logs verify, a changed byte is found, a second start resumes, a real node's API fits its
# document, and what must be refused is refused with a clear error. Last, the day goes on: four
# live nodes, and the page of one of them in a real Chromium.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${DETENTE_BIN:-$root/build/dev/bin}
work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT

passed=0
failed=0
ok() { passed=$((passed + 1)); echo "ok    $1"; }
bad() { failed=$((failed + 1)); echo "FAIL  $1"; }
# expect_ok TEXT COMMAND...
expect_ok() {
  local text=$1; shift
  if "$@" >"$work/out" 2>&1; then ok "$text"; else bad "$text"; tail -20 "$work/out"; fi
}
# expect_error TEXT CODE COMMAND...: fails, and names the error's code
expect_error() {
  local text=$1 code=$2; shift 2
  if "$@" >"$work/out" 2>&1; then bad "$text (exit 0)"; return; fi
  if grep -q "$code" "$work/out"; then ok "$text: $code"; else bad "$text: no $code"; tail -5 "$work/out"; fi
}

port=$((20000 + RANDOM % 20000))
data=$work/demo
play() {
  "$bin/detente" demo --once --data "$data" --port "$port" --page "$root/web/dist" \
    --agreement "$root/examples/north-west-syria/agreement.json" "$@"
}

if play >"$work/demo.log" 2>&1; then ok "the day is played and every promise is kept"; else
  bad "the day is played and every promise is kept"; tail -60 "$work/demo.log"
fi
tail -45 "$work/demo.log"

for party in north south monitor relief; do
  expect_ok "detente-verify $party" "$bin/detente-verify" --quiet "$data/$party"
done
expect_ok "detente verify does the same" "$bin/detente" verify "$data/north"
expect_ok "a second start resumes and finds the day played" play
expect_ok "statement list" "$bin/detente" statement list --data "$data/north" --type activity.propose
expect_ok "statement show" "$bin/detente" statement show --data "$data/north" 0

# Any byte of any log: first, last and a few in between of every file, one at a time.
flips=0
missed=0
while read -r file; do
  size=$(stat -c %s "$file")
  for at in 0 $((size - 1)) $((RANDOM * 32768 % size)) $(((RANDOM * 32768 + RANDOM) % size)); do
    cp "$file" "$work/kept"
    byte=$(od -An -tu1 -j "$at" -N 1 "$file" | tr -d ' ')
    printf "$(printf '\\x%02x' $(((byte ^ (1 << (RANDOM % 8))) & 255)))" |
      dd of="$file" bs=1 seek="$at" conv=notrunc status=none
    flips=$((flips + 1))
    name=${file#"$data"/}
    if "$bin/detente-verify" --quiet "$data/${name%%/*}" >"$work/out" 2>&1 ||
       ! grep -q -F "${name#*/}" "$work/out"; then
      missed=$((missed + 1))
      echo "missed: byte $at of $name"; tail -2 "$work/out"
    fi
    cp "$work/kept" "$file"
  done
done < <(find "$data"/*/log "$data"/*/mirror -type f | shuf -n 24 --random-source=<(yes))
if [ "$missed" -eq 0 ] && [ "$flips" -gt 20 ]; then ok "$flips changed bytes, each found and named"; else bad "$missed of $flips changed bytes missed"; fi

expect_ok "the case's extract proves itself" "$bin/detente-verify" "$data/case.extract"
sed 's/an explosion was heard/nothing was heard/' "$data/case.extract" >"$work/other.case"
expect_error "not with other words in it" extract_ "$bin/detente-verify" "$work/other.case"

# Parts of the record that leave the folder.
activity=$("$bin/detente" statement list --data "$data/north" --type activity.propose --json | head -1 |
  grep -o '"id":"[^"]*' | cut -d'"' -f4)
expect_ok "an extract of one activity" "$bin/detente" extract --data "$data/north" --activity "$activity" \
  --with-agreement --out "$work/one.extract" --html "$work/one.html"
expect_ok "and it verifies by itself" "$bin/detente-verify" "$work/one.extract"
expect_ok "and so does its page" "$bin/detente-verify" "$work/one.html"
sed 's/patrol/escort/;s/transit/escort/' "$work/one.extract" >"$work/other.extract"
expect_error "not with another word in it" extract_ "$bin/detente-verify" "$work/other.extract"
expect_ok "a courier file" "$bin/detente" courier export --data "$data/north" --to south --out "$work/n.zip"
expect_ok "and it verifies" "$bin/detente-verify" --agreement "$data/south/agreement.json" "$work/n.zip"
printf X | dd of="$work/n.zip" bs=1 seek=9000 conv=notrunc status=none
expect_error "not with a changed byte" archive_malformed \
  "$bin/detente-verify" --agreement "$data/south/agreement.json" "$work/n.zip"
expect_ok "when an entry was written, by others' clocks" "$bin/detente-verify" --entry north:5 "$data/north"
expect_ok "a self-check of a folder" "$bin/detente" check --data "$data/monitor" --quiet

# A real node on what was played.
"$bin/detente" serve --data "$data/north" --port $((port + 50)) --peer-port $((port + 51)) --driven --public-role reader \
  --page "$root/web/dist" >"$work/serve.out" 2>"$work/serve.err" &
pids+=($!)
node_pid=$!
for _ in $(seq 100); do grep -q ready "$work/serve.out" && break; sleep 0.1; done
base=http://127.0.0.1:$((port + 50))
token=$(grep -o '"[0-9a-f]*":{"officer":"north/duty-1"' "$data/north/tokens.json" | cut -d'"' -f2)
control=$(grep -o '"[0-9a-f]*":{"control":true' "$data/north/tokens.json" | cut -d'"' -f2)
# A driven node's clock stands still unless it is told; an event stream needs something to say.
(while sleep 0.5; do
  curl -s -o /dev/null -X POST -H "Authorization: Bearer $control" -d '{"now":"2016-07-16T00:00:00Z"}' "$base/control/clock" || exit 0
done) &
pids+=($!)
expect_ok "the API of a real node fits its document" node "$root/tests/e2e/openapi_check.mjs" "$base" "$token"
cat "$work/out" | tail -3
expect_error "a second process on the same folder" store_locked \
  "$bin/detente" serve --data "$data/north" --port 0
expect_error "a busy port" net_port_busy \
  "$bin/detente" serve --data "$data/south" --port $((port + 50))
status() { curl -s -o "$work/out" -w '%{http_code}' "$@"; }
check_status() {
  local text=$1 want=$2; shift 2
  local got; got=$(status "$@")
  if [ "$got" = "$want" ]; then ok "$text: $want"; else bad "$text: $got, not $want"; cat "$work/out"; echo; fi
}
auth=(-H "Authorization: Bearer $token")
check_status "a wrong token has no role" 401 -H "Authorization: Bearer 00" "$base/api/state"
check_status "a reader signs nothing" 403 -X POST -d '{"reason":"x"}' "$base/api/stops"
check_status "malformed JSON" 400 "${auth[@]}" -X POST -d '{' "$base/api/activities"
check_status "a member twice" 400 "${auth[@]}" -X POST -d '{"purpose":"patrol","purpose":"transit"}' "$base/api/activities"
check_status "an unknown activity" 404 "${auth[@]}" "$base/api/activities/00000000000000000000000000000000"
check_status "a page of another name" 403 -H "Host: rebound.example" "$base/api/state"
check_status "a path that climbs" 400 --path-as-is "$base/../../etc/passwd"
check_status "input about targets is refused" 400 "${auth[@]}" -X POST -d '{"purpose":"patrol","target":"x"}' "$base/api/activities"
grep -q restraint "$work/out" && ok "and the refusal names restraint" || bad "the refusal does not name restraint"
check_status "a fenced node signs nothing" 503 "${auth[@]}" -X POST -d '{"reason":"test"}' "$base/api/stops"
peer=https://127.0.0.1:$((port + 51))
keys=$data/north/keys
officer=(-k --cert "$keys/duty-1.tls.pem" --key "$keys/duty-1.tls.key.pem")
check_status "an officer with a certificate" 200 "${officer[@]}" "$peer/api/state"
curl -s "${officer[@]}" "$peer/api/hello" | grep -q '"role":"duty_officer"' && ok "and his role" || bad "his role"
other=(-k --cert "$data/south/keys/duty-1.tls.pem" --key "$data/south/keys/duty-1.tls.key.pem")
check_status "an officer of the other side" 403 "${other[@]}" "$peer/api/state"
node=(-k --cert "$data/south/keys/tls.pem" --key "$data/south/keys/tls.key.pem")
check_status "a peer reads the log" 200 "${node[@]}" "$peer/log/checkpoint"
check_status "a peer has no API" 404 "${node[@]}" "$peer/api/state"
if curl -s -k "$peer/log/checkpoint" >"$work/out" 2>&1; then bad "no certificate"; else ok "no certificate: no connection"; fi
head -c 2000000 /dev/zero | tr '\0' ' ' >"$work/big"
check_status "an oversized body" 413 "${auth[@]}" -X POST --data-binary @"$work/big" "$base/api/activities"
check_status "an agreement may be larger: it is read, and is none" 400 "${auth[@]}" -X POST --data-binary @"$work/big" "$base/api/agreement/documents"
head -c 5000000 /dev/zero | tr '\0' ' ' >"$work/big"
check_status "an oversized agreement" 413 "${auth[@]}" -X POST --data-binary @"$work/big" "$base/api/agreement/documents"
check_status "the page" 200 "$base/"
kill "$node_pid"
wait "$node_pid" && ok "SIGTERM ends a node with exit 0" || bad "SIGTERM did not end the node well"

# The day goes on where it ended, on a copy: live nodes that sign, and the page of one of them.
cp -r "$data" "$work/live"
"$bin/detente" demo --speed 1 --data "$work/live" --port $((port + 60)) --page "$root/web/dist" \
  --agreement "$root/examples/north-west-syria/agreement.json" >"$work/live.log" 2>&1 &
live_pid=$!
pids+=("$live_pid")
for _ in $(seq 300); do grep -q "stay open" "$work/live.log" && break; sleep 0.1; done
token_of() { grep -o "\"[0-9a-f]*\":{\"officer\":\"$1\"" "$work/live/${1%%/*}/tokens.json" | cut -d'"' -f2; }
expect_ok "the page of a live node: every view, a plan's way out, filing, the course" \
  node "$root/tests/e2e/page_check.mjs" "http://127.0.0.1:$((port + 60))" "$(token_of north/duty-1)" node \
  "http://127.0.0.1:$((port + 61))" "$(token_of south/duty-1)"
{ grep "^ok" "$work/out" || true; } | sed 's/^ok  /      page:/'
kill -INT "$live_pid" 2>/dev/null || true
wait "$live_pid" || true
for party in north south monitor; do
  expect_ok "detente-verify $party after it" "$bin/detente-verify" --quiet "$work/live/$party"
done

expect_error "a folder that is no node" store_not_found "$bin/detente" serve --data "$work/none" --port 0
expect_error "init twice" already_exists "$bin/detente" init --data "$data/north" --party north
expect_error "an unknown role" agreement_unknown_role "$bin/detente" init --data "$work/x" --party x --officers a:boss
printf '{"detente":"agreement/v1"}' >"$work/bad.json"
expect_error "an agreement without its parts" json_member_missing "$bin/detente" agreement check "$work/bad.json"
expect_ok "agreement check explains" "$bin/detente" agreement check "$root/examples/north-west-syria/agreement.json"

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
