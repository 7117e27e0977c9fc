#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Checks the two Promela models with spin, and demands that spin finds each rule that is broken on
# purpose. What they show: docs/protocol/publishing.md. Needs spin and gcc.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# pan FILE CLAIM DEFINES...: compiles and searches; the verdict is in $work/out.
pan() {
  local file=$1 claim=$2 flags=(-DSAFETY -DNOCLAIM) search=(-m200000 -n)
  shift 2
  if [ "$claim" != safety ]; then
    flags=(-DNFAIR=5)
    search=(-a -f -N "$claim" -m400000 -n)
  fi
  cp "$here/$file" "$work/"
  (cd "$work" && spin "$@" -a "$file" && gcc -O2 -w "${flags[@]}" -o pan pan.c) >"$work/build" 2>&1 ||
    { cat "$work/build"; return 1; }
  (cd "$work" && timeout 120 ./pan "${search[@]}") >"$work/out" 2>&1 || true
}
states() { grep -o '[0-9.e+]* states, stored' "$work/out" | cut -d' ' -f1; }

# holds TEXT FILE CLAIM DEFINES...: the whole state space is searched, and there is no fault in it.
holds() {
  local text=$1; shift
  pan "$@"
  if grep -q 'errors: 0' "$work/out" && ! grep -q -E 'search was not completed|too small|truncated' "$work/out"; then
    passed=$((passed + 1)); echo "ok    $text ($(states) states)"
  else failed=$((failed + 1)); echo "FAIL  $text"; tail -20 "$work/out"; fi
}
# breaks TEXT WORDS FILE CLAIM DEFINES...: spin finds this fault.
breaks() {
  local text=$1 words=$2; shift 2
  pan "$@"
  if grep -q "$words" "$work/out"; then passed=$((passed + 1)); echo "ok    found: $text"
  else failed=$((failed + 1)); echo "FAIL  not found: $text"; tail -20 "$work/out"; fi
}

p=publishing.pml
roots='assertion violated ((signed_root'
small="-DENTRIES=2 -DCRASHES=2"
holds "publishing: one root for each size, through crashes, power cuts and restored backups" $p safety
holds "publishing: the same with a peer that repeats old heads" $p safety -DLIAR
holds "publishing: the same with a peer that holds no entries, over two epochs" $p safety -DWITNESS_ONLY
holds "publishing: nothing acknowledged is lost" $p lost_nothing
holds "publishing: nothing is, with a peer that repeats old heads" $p lost_nothing -DLIAR
holds "publishing: the fence lifts and the logs converge" $p converge $small
holds "publishing: they do with a peer that repeats old heads" $p converge $small -DLIAR
holds "publishing: they do when an epoch had to end" $p converge $small -DWITNESS_ONLY
breaks "a restarted node that signs at once" "$roots" $p safety -DNO_FENCE
breaks "signing before the entries are durable" "$roots" $p safety -DSIGN_FIRST
breaks "a fence that one stale peer lifts" "$roots" $p safety -DQUORUM=1
breaks "a fence that one lying peer lifts" "$roots" $p safety -DQUORUM=1 -DLIAR
breaks "a folder without its database under the same keys" "$roots" $p safety -DRESTORE_EMPTY
breaks "serving before the files are whole" 'assertion violated (files_size' $p safety -DSERVE_FIRST
breaks "a rolled back node that takes nothing from a mirror" 'acceptance cycle' $p converge $small -DNO_REBUILD
breaks "a peer that is asked only once" 'acceptance cycle' $p converge $small -DASK_ONCE
breaks "(reached) a rebuild from a mirror" 'assertion violated 0' $p safety -DREACH_REBUILD
breaks "(reached) a new epoch" 'assertion violated 0' $p safety -DWITNESS_ONLY -DREACH_EPOCH

w=witness.pml
pair='assertion violated (((cosigned'
holds "witness: no two inconsistent heads are cosigned, against a log that lies" $w safety
breaks "a witness that answers before it persists" "$pair" $w safety -DANSWER_FIRST
breaks "a witness whose check and persisting are apart" "$pair" $w safety -DNOT_ATOMIC
breaks "a witness that lost its database and goes on" "$pair" $w safety -DRESTORED

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
