#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Private content and officers' keys with three real nodes: content is committed, sealed, received,
# opened and destroyed; an officer's key is delegated, used, revoked and then refused; a log is
# closed and the next epoch follows it.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${DETENTE_BIN:-$root/build/dev/bin}
work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
  if [ -n "${DETENTE_KEEP:-}" ]; then echo "kept $work"; else rm -rf "$work"; fi
}
trap finish EXIT

passed=0
failed=0
ok() { passed=$((passed + 1)); echo "ok    $1"; }
bad() { failed=$((failed + 1)); echo "FAIL  $1"; }
expect_ok() {
  local text=$1; shift
  if "$@" >"$work/out" 2>&1; then ok "$text"; else bad "$text"; tail -20 "$work/out"; fi
}
expect_error() {
  local text=$1 code=$2; shift 2
  if "$@" >"$work/out" 2>&1; then bad "$text (exit 0)"; return; fi
  if grep -q "$code" "$work/out"; then ok "$text: $code"; else bad "$text: no $code"; tail -5 "$work/out"; fi
}
# expect_says TEXT PATTERN COMMAND...
expect_says() {
  local text=$1 pattern=$2; shift 2
  "$@" >"$work/out" 2>&1 || { bad "$text"; tail -5 "$work/out"; return; }
  if grep -q -- "$pattern" "$work/out"; then ok "$text"; else bad "$text: no \"$pattern\""; cat "$work/out"; fi
}
# The index in the answer to the statement that was logged last.
logged_index() { grep -o '"index":[0-9]*' "$work/out" | cut -d: -f2; }
# Waits until a folder's copy of a party's log has an entry.
wait_entry() {
  local data=$1 party=$2 index=$3
  for _ in $(seq 300); do
    "$bin/detente" statement show --data "$data" --party "$party" "$index" >/dev/null 2>&1 && return
    sleep 0.1
  done
  bad "$data never held $party:$index"
}

port=$((20000 + RANDOM % 20000))
north=$work/north
south=$work/south
monitor=$work/monitor
agreement=$root/examples/north-west-syria/agreement.json

for party in north south; do
  expect_ok "init $party" "$bin/detente" init --data "$work/$party" --party "$party" \
    --officers duty-1:duty_officer,duty-2:duty_officer
done
expect_ok "init monitor" "$bin/detente" init --data "$monitor" --party monitor --officers monitor-1:monitor
expect_ok "bind" "$bin/detente" agreement bind "$agreement" --card "$north/card.json" \
  --card "$south/card.json" --card "$monitor/card.json" --out "$work/agreement.json"
for party in north south monitor; do
  expect_ok "sign $party" "$bin/detente" agreement sign --data "$work/$party" --agreement "$work/agreement.json"
done
if [ "$(stat -c %a "$north/keys/box.key")" = 600 ]; then ok "the box key is private"; else bad "the box key is not private"; fi
expect_says "the box key is on the record" key.box "$bin/detente" statement list --data "$north"

start() {
  local party=$1 at=$2; shift 2
  local args=()
  local i=0 other
  for other in north south monitor; do
    [ "$other" = "$party" ] || args+=(--peer "$other=127.0.0.1:$((port + 10 + i))")
    i=$((i + 1))
  done
  "$bin/detente" serve --data "$work/$party" --port $((port + at)) --peer-port $((port + 10 + at)) \
    "${args[@]}" >"$work/$party.out" 2>"$work/$party.err" &
  pids+=($!)
}
start north 0
start south 1
start monitor 2
for party in north south monitor; do
  for _ in $(seq 100); do grep -q ready "$work/$party.out" && break; sleep 0.1; done
done
desk() { echo "http://127.0.0.1:$((port + $1))"; }
at_north=(--data "$north" --url "$(desk 0)" --token-file "$north/tokens.json")
at_south=(--data "$south" --url "$(desk 1)" --token-file "$south/tokens.json")

# Private content. A node that has just started waits for its peers; then it takes statements.
printf '{"lat":361234567,"lon":371234567,"until":"2016-07-15T12:00:00Z"}' >"$work/plan.json"
for _ in $(seq 300); do
  wait_entry "$south" north 1
  wait_entry "$north" south 1
  if "$bin/detente" content commit "$work/plan.json" --schema point/v1 --to south --officer duty-1 \
       "${at_north[@]}" >"$work/out" 2>&1; then break; fi
  grep -q node_fenced "$work/out" || break
  sleep 0.2
done
commit=$(logged_index)
if [ -n "$commit" ]; then ok "content is committed: entry $commit"; else bad "content commit"; cat "$work/out"; fi
blob=$(grep -o "$north/blobs/[0-9a-f]*" "$work/out" | tail -1)
shown=$(for i in $(seq 0 "$commit"); do "$bin/detente" statement show --data "$north" "$i"; done)
if grep -q '"n":3' <<<"$shown" && ! grep -q 361234567 <<<"$shown"; then ok "no entry shows the content"; else bad "an entry shows the content"; fi
if [ "$(stat -c %a "$north"/content/*.key)" = 600 ]; then ok "its key is private"; else bad "its key is not private"; fi
wait_entry "$south" north "$commit"
expect_error "another file is not the copy" content_unknown \
  "$bin/detente" content receipt --commit "north:$commit" --blob "$work/plan.json" --officer duty-1 "${at_south[@]}"
expect_says "south receives its copy, and it matches" '"index"' \
  "$bin/detente" content receipt --commit "north:$commit" --blob "$blob" --officer duty-1 "${at_south[@]}"
receipt=$(logged_index)
wait_entry "$north" south "$receipt"
expect_says "north sees the receipt" "south has it, and it matches" "$bin/detente" content list --data "$north"
expect_ok "the copy can be made again" "$bin/detente" content seal --data "$north" --commit "$commit" --to south --out "$work/again"
if cmp -s "$work/again" "$blob"; then ok "byte for byte"; else bad "the copy is another"; fi

expect_ok "one field is opened for an inquiry" "$bin/detente" content open --data "$north" --commit "$commit" \
  --field lon --opening "$work/opening.json"
expect_says "the inquiry checks it" "lon = 371234567" "$bin/detente" content verify "$work/opening.json"
expect_says "against the log" "lon = 371234567" "$bin/detente" content verify "$work/opening.json" --data "$monitor" --commit "north:$commit"
if grep -q 361234567 "$work/opening.json"; then bad "the opening shows another field"; else ok "and it shows no other field"; fi
sed 's/371234567/371234568/' "$work/opening.json" >"$work/false.json"
expect_error "a changed value" content_mismatch "$bin/detente" content verify "$work/false.json"
expect_error "an unknown field" content_unknown "$bin/detente" content open --data "$north" --commit "$commit" --field alt --opening "$work/x"
expect_ok "a field is opened on the record, by the recipient" "$bin/detente" content open --commit "north:$commit" --field until \
  --statement --officer duty-1 "${at_south[@]}"
expect_ok "the whole package" "$bin/detente" content open --data "$south" --commit "north:$commit" --package --opening "$work/package.json"
expect_says "a judge sees what the copy held" "south: matches" \
  "$bin/detente" content verify "$work/package.json" --data "$monitor" --commit "north:$commit" --copy south

expect_error "one officer alone does not shred" signers_too_few \
  "$bin/detente" content shred --commit "$commit" --reason "the plan is over" --officer duty-1 "${at_north[@]}"
shred=("$bin/detente" content shred --commit "$commit" --reason "the plan is over")
expect_ok "one officer signs it into a file" "${shred[@]}" --officer duty-1 --data "$north" --out "$work/shred.json"
if [ -e "$blob" ]; then ok "which destroys nothing"; else bad "it is gone before it was stated"; fi
post=("$bin/detente" statement post --url "$(desk 0)" --token-file "$north/tokens.json")
expect_error "and is not enough" signers_too_few "${post[@]}" "$work/shred.json"
expect_error "twice the same officer" usage "$bin/detente" statement sign "$work/shred.json" --data "$north" \
  --officer duty-1 --out "$work/shred-2.json"
expect_says "a second one sees it and signs" "the plan is over" "$bin/detente" statement sign "$work/shred.json" \
  --officer "north/duty-2=$north/keys/duty-2.key" --out "$work/shred-2.json"
expect_ok "two officers' shredding is logged" "${post[@]}" "$work/shred-2.json"
expect_ok "then it is carried out" "${shred[@]}" --data "$north"
if ls "$north"/content/*.key "$north"/content/*.json "$blob" >/dev/null 2>&1; then bad "something is left"; else ok "nothing of it is left"; fi
expect_error "and nobody opens it here" content_destroyed \
  "$bin/detente" content open --data "$north" --commit "$commit" --field lon --opening "$work/x"
expect_says "and the list says so" "destroyed by north: the plan is over" "$bin/detente" content list --data "$north"

# An officer's key, made elsewhere, and the root key kept off the node.
mv "$north/keys/root.key" "$work/root.key"
expect_ok "an officer makes a key" "$bin/detente" key new --out "$work/duty-3.key" --json
public=$(grep -o '"key":"[^"]*"' "$work/out" | cut -d'"' -f4)
act() {
  "$bin/detente" content commit "$work/plan.json" --schema point/v1 --officer "north/duty-3=$work/duty-3.key" "${at_north[@]}"
}
expect_error "before the delegation" key_undelegated act
expect_error "without the root key" store_not_found "$bin/detente" key add duty-3 --key "$public" --role duty_officer "${at_north[@]}"
expect_error "with another key for it" key_malformed \
  "$bin/detente" key add duty-3 --key "$public" --role duty_officer --root-key "$work/duty-3.key" "${at_north[@]}"
expect_ok "signed beside the agreement, into a file" "$bin/detente" key add duty-3 --key "$public" --role duty_officer \
  --agreement "$work/agreement.json" --party north --root-key "$work/root.key" --out "$work/add.json"
expect_ok "posted" "$bin/detente" statement post "$work/add.json" --url "$(desk 0)" --token-file "$north/tokens.json"
expect_error "posted twice" entry_repeated "$bin/detente" statement post "$work/add.json" --url "$(desk 0)" --token-file "$north/tokens.json"
expect_ok "the officer acts" act
expect_says "the key is listed" "duty-3 .*valid" "$bin/detente" key list --data "$north"
expect_ok "revoked" "$bin/detente" key revoke duty-3 --reason "the device was lost" --root-key "$work/root.key" "${at_north[@]}"
expect_error "after the revocation" key_revoked act
expect_error "revoked twice" key_revoked \
  "$bin/detente" key revoke duty-3 --reason "again" --root-key "$work/root.key" "${at_north[@]}"
expect_error "the name is used up" key_repeated "$bin/detente" key add duty-3 --key "$public" --role duty_officer \
  --root-key "$work/root.key" "${at_north[@]}"
expect_says "the list says so" "duty-3 .*revoked after entry" "$bin/detente" key list --data "$north"

# What was sealed before a new box key still opens.
expect_ok "south makes a new box key" "$bin/detente" key box "${at_south[@]}"
expect_says "the old one is kept" box- ls "$south/keys"

# The end of a log, and the next epoch.
expect_ok "the log is closed" "$bin/detente" log close --reason "the disk is to be replaced" --root-key "$work/root.key" "${at_north[@]}"
close=$(logged_index)
expect_error "nothing follows" log_closed \
  "$bin/detente" content commit "$work/plan.json" --schema point/v1 --officer duty-1 "${at_north[@]}"
wait_entry "$south" north "$close"
for pid in "${pids[@]}"; do kill "$pid"; done
wait
pids=()
for party in north south monitor; do
  expect_ok "detente-verify $party" "$bin/detente-verify" --quiet "$work/$party"
done
expect_error "the next epoch needs the root key" store_not_found "$bin/detente" init --data "$work/north-2" --after "$north"
expect_error "a checkpoint of another log is no head of it" 'note_\|checkpoint_origin' \
  "$bin/detente" init --data "$work/north-2" --after "$north" --root-key "$work/root.key" --head "$south/log/checkpoint"
expect_ok "the next epoch" "$bin/detente" init --data "$work/north-2" --after "$north" --root-key "$work/root.key"
for party in south monitor; do
  expect_ok "and of $party" "$bin/detente" init --data "$work/$party-2" --after "$work/$party"
done
expect_ok "bound anew" "$bin/detente" agreement bind "$agreement" --card "$work/north-2/card.json" \
  --card "$work/south-2/card.json" --card "$work/monitor-2/card.json" --out "$work/agreement-2.json"
expect_ok "signed" "$bin/detente" agreement sign --data "$work/north-2" --agreement "$work/agreement-2.json"
expect_says "its name has the next number" "north.example/detente/2" cat "$work/north-2/card.json"
expect_says "it names the last head" "\"size\":$((close + 1))" "$bin/detente" statement show --data "$work/north-2" 0
expect_ok "it verifies" "$bin/detente-verify" --quiet "$work/north-2"
expect_says "and it follows the old log, to its end" "follows north.example/detente/1" \
  "$bin/detente-verify" --previous "$north" "$work/north-2"
expect_error "but not another party's" entry_wrong_log "$bin/detente-verify" --previous "$south" "$work/north-2"
expect_error "and the old log follows nothing" checkpoint_origin "$bin/detente-verify" --previous "$work/north-2" "$north"
if cmp -s "$north/keys/box.key" "$work/north-2/keys/box.key"; then ok "the box key is taken over"; else bad "the box key is lost"; fi
if cmp -s "$north/keys/log.key" "$work/north-2/keys/log.key"; then bad "the log key is the old one"; else ok "the log key is new"; fi

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
