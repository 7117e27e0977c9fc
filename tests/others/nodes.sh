# SPDX-License-Identifier: Apache-2.0
# Sourced: three real nodes on loopback, made anew and joined, for checkers that share no code
# with them. Uses $bin (programs) and $work (a folder); sets $agreement, $base_<party>, $token.

parties="north south monitor"
pids=()

control() { grep -o '"[0-9a-f]*":{"control":true' "$work/$1/tokens.json" | cut -d'"' -f2; }
officer_token() { grep -o "\"[0-9a-f]*\":{\"officer\":\"$1/duty-1\"" "$work/$1/tokens.json" | cut -d'"' -f2; }

# make_nodes [VKEY]: with a foreign witness in the agreement, if one is given.
make_nodes() {
  local party cards=()
  agreement=$work/agreement.json
  for party in $parties; do
    local officers=duty-1:duty_officer,duty-2:duty_officer
    [ "$party" = monitor ] && officers=duty-1:monitor
    "$bin/detente" init --data "$work/$party" --party "$party" --officers "$officers" >/dev/null
    cards+=(--card "$work/$party/card.json")
  done
  local record=
  [ -z "${1:-}" ] || record="\"record\": {\"witnesses\": [\"$1\"]},"
  sed "1s|{|{$record|" "$root/examples/north-west-syria/agreement.json" >"$work/template.json"
  "$bin/detente" agreement bind "$work/template.json" "${cards[@]}" --out "$agreement"
  for party in $parties; do
    "$bin/detente" agreement sign --data "$work/$party" --agreement "$agreement" --time 2016-07-14T12:00:00Z >/dev/null
  done
}

# start_node PARTY PORT [options]: the page on PORT, the peer side on PORT + 10.
start_node() {
  local party=$1 port=$2 other peers=()
  shift 2
  for other in $parties; do
    [ "$other" = "$party" ] || peers+=(--peer "$other=127.0.0.1:$((${ports[$other]} + 10))")
  done
  "$bin/detente" serve --data "$work/$party" --port "$port" --peer-port $((port + 10)) --driven \
    --public-role reader "${peers[@]}" "$@" >"$work/$party.out" 2>"$work/$party.err" &
  pids+=($!)
  node_pid[$party]=$!
  for _ in $(seq 200); do grep -q ready "$work/$party.out" 2>/dev/null && return 0; sleep 0.05; done
  echo "$party did not start" >&2
  tail -5 "$work/$party.err" >&2
  return 1
}

declare -A ports node_pid
# start_nodes [options of north]
start_nodes() {
  local first=$((20000 + RANDOM % 20000)) party
  for party in $parties; do ports[$party]=$first; first=$((first + 1)); done
  for party in $parties; do
    if [ "$party" = north ]; then start_node north "${ports[north]}" "$@"; else start_node "$party" "${ports[$party]}"; fi
  done
}
base() { echo "http://127.0.0.1:${ports[$1]}"; }

seconds=43201 # of the day: the nodes' clocks stand still unless they are told
# pass SECONDS: that much time, second by second, for all nodes.
pass() {
  local party
  for _ in $(seq "$1"); do
    seconds=$((seconds + 1))
    for party in $parties; do
      curl -s -o /dev/null -X POST -H "Authorization: Bearer $(control "$party")" \
        -d "{\"now\":\"2016-07-14T$(printf '%02d:%02d:%02d' $((seconds / 3600)) $((seconds / 60 % 60)) $((seconds % 60)))Z\"}" \
        "$(base "$party")/control/clock" || true
    done
    sleep 0.05
  done
}

# settle: until no node is busy and every one holds the same heads, at most about 30 seconds.
settle() {
  local last party state
  for _ in $(seq 60); do
    pass 1
    last=
    for party in $parties; do
      state=$(curl -s -H "Authorization: Bearer $(control "$party")" "$(base "$party")/control/quiet")
      state=$(echo "$state" | sed 's/.*"busy":\([a-z]*\),"heads":{\([^}]*\)}.*/\1 \2/')
      [ -z "$last" ] || [ "$last" = "$state" ] || { last=differ; break; }
      last=$state
    done
    case $last in false*) return 0 ;; esac
    sleep 0.2
  done
  echo "the nodes did not settle: $last" >&2
  return 1
}

stop_nodes() {
  local pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  pids=()
}
