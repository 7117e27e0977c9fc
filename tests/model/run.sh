#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Checks the three Promela models with spin, and demands that spin finds each rule that is broken on
# purpose. What they show: docs/protocol/publishing.md, docs/protocol/activity.md. Needs spin and gcc.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# pan HOW FILE CLAIM DEFINES...: compiles and searches; the verdict is in $work/out. HOW is `all`, or
# `first`: by breadth, which comes to a fault after few states, compiled in a hurry.
pan() {
  local how=$1 file=$2 claim=$3 flags=(-O2 -DSAFETY -DNOCLAIM) search=(-m200000 -n)
  shift 3
  if [ "$how" = first ]; then flags=(-O0 -DBFS -DSAFETY -DNOCLAIM); fi
  if [ "$claim" != safety ]; then
    flags=(-O2 -DNFAIR=5)
    search=(-a -f -N "$claim" -m400000 -n)
  fi
  cp "$here/$file" "$work/"
  (cd "$work" && spin "$@" -a "$file" && gcc -w "${flags[@]}" -o pan pan.c) >"$work/build" 2>&1 ||
    { cat "$work/build"; return 1; }
  (cd "$work" && timeout 120 ./pan "${search[@]}") >"$work/out" 2>&1 || true
}
states() { grep -o '[0-9.e+]* states, stored' "$work/out" | cut -d' ' -f1; }

# holds TEXT FILE CLAIM DEFINES...: the whole state space is searched, and there is no fault in it.
holds() {
  local text=$1; shift
  pan all "$@"
  if grep -q 'errors: 0' "$work/out" && ! grep -q -E 'search was not completed|too small|truncated' "$work/out"; then
    passed=$((passed + 1)); echo "ok    $text ($(states) states)"
  else failed=$((failed + 1)); echo "FAIL  $text"; tail -20 "$work/out"; fi
}
# breaks TEXT WORDS FILE CLAIM DEFINES...: spin finds this fault.
breaks() {
  local text=$1 words=$2; shift 2
  pan first "$@"
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

c=consent.pml
cuts="-DCUTS -DFRESH=0"
apart='assertion violated .*>=3' # what was seen of the other one's
holds "consent: no two conflicting activities are active, and none by silence or over a cut link" $c safety $cuts
holds "consent: read back, also wrongly; a cosignature that grows old" $c safety -DALONE -DCUTS
holds "consent: the rule about the others' activations is not what keeps them apart" $c safety -DBRIEF -DNO_RULE_5
holds "consent: two activities of one owner" $c safety -DBRIEF -DSECOND
holds "consent: an amendment" $c safety -DBRIEF -DAMEND
holds "consent: an amendment that comes into conflict" $c safety -DBRIEF -DAMEND -DAB=0
holds "consent: an amendment that leaves a conflict" $c safety -DBRIEF -DAMEND -DCB=0
holds "consent: STOP in any log" $c safety -DBRIEF -DALONE -DCONTROL=STOP
holds "consent: suspension in any log" $c safety -DBRIEF -DALONE -DCONTROL=SUSPENDED
holds "consent: a third party that both are waiting for" $c safety -DBRIEF -DTRIO
holds "consent: what all want becomes active when the faults are over" $c flies -DALONE -DCUTS -DWILLING
holds "consent: an amendment does" $c amended -DALONE -DAMEND -DCUTS -DWILLING
breaks "concurring while the own conflicting activity is live" "$apart" $c safety -DBRIEF -DNO_OWN_GUARD
breaks "activating beside another own activity" 'assertion violated .*!=2' $c safety -DBRIEF -DSECOND -DNO_RULE_3
breaks "activating over a cut link" 'assertion violated .*cut_for' $c safety -DALONE -DCUTS -DNO_FRESH
breaks "activating because nobody answered" 'assertion violated .*==3' $c safety -DALONE -DCUTS -DSILENCE
breaks "activating after an objection" 'assertion violated  *!(((seen' $c safety -DALONE -DOLD_CONSENT
breaks "one officer counted twice" 'assertion violated .*==3' $c safety -DALONE -DSIGNATURES
breaks "concurring without a read-back" 'assertion violated (.*+3))&1' $c safety -DALONE -DNO_READ_BACK
breaks "an amendment that ends the old one too early" 'assertion violated .*||0)' $c safety -DBRIEF -DAMEND -DCLOSE_EARLY
breaks "an amendment that leaves the old one active" 'assertion violated .*!=2' $c safety -DBRIEF -DAMEND -DLEAVE_BOTH
breaks "activating under a STOP" 'assertion violated .*<<24' $c safety -DBRIEF -DALONE -DCONTROL=STOP -DNO_STOP
breaks "looking for STOP in the own log only" 'assertion violated .*<<24' $c safety -DBRIEF -DALONE -DCONTROL=STOP -DOWN_LOG_ONLY
breaks "activating while the agreement is suspended" 'assertion violated .*<<25' $c safety -DBRIEF -DALONE -DCONTROL=SUSPENDED -DNO_SUSPENSION
breaks "looking for a suspension in the own log only" 'assertion violated .*<<25' $c safety -DBRIEF -DALONE -DCONTROL=SUSPENDED -DOWN_LOG_ONLY
breaks "a third party that concurs with both" 'assertion violated .*!=2' $c safety -DBRIEF -DTRIO -DBOTH_ASKED
breaks "a third party that an objection frees" 'assertion violated .*!=2' $c safety -DBRIEF -DTRIO -DFREED
breaks "a procedure that asks a third party only" "$apart" $c safety -DBRIEF -DASKEW
breaks "a witness that does not sign again" 'acceptance cycle' $c flies -DALONE -DCUTS -DWILLING -DSIGN_ONCE
breaks "(reached) active after the other one's has ended" 'assertion violated .*!=4' $c safety -DBRIEF -DREACH_TURN
breaks "(reached) a replacement of what is active" 'assertion violated .*!=2' $c safety -DALONE -DBRIEF -DAMEND -DREACH_REPLACED
breaks "(reached) active while an objection is on its way" 'assertion violated  *!(((log' $c safety -DALONE -DREACH_IN_FLIGHT
breaks "(reached) active after a long cut" 'assertion violated .*was_long' $c safety -DALONE -DCUTS -DREACH_HEALED
breaks "(reached) active after a STOP was lifted" 'assertion violated .*was_lifted' $c safety -DBRIEF -DALONE -DCONTROL=STOP -DREACH_LIFTED

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
