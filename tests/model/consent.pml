/* SPDX-License-Identifier: Apache-2.0
 *
 * The consent machine: two parties that each write a log of their own, a third that does so too,
 * and links that bring prefixes of logs late, never in part, and not at all while they are cut.
 * What it shows and what it leaves out: docs/protocol/activity.md.
 *
 * A log is kept as what it says: the state of each activity of its owner, the standing answer to
 * each activity of others, STOP and suspension. A reader has what some prefix says, and two later
 * prefixes may be under way. So logs and delays have no bound; of the entries that a reader has
 * not received it can meet the oldest prefix and the newest one next, not all between them.
 *
 * Only acts that count are logged. An act is judged by its own log and by what that had seen, so a
 * party that breaks the rules adds entries without effect, and one that claims to have seen less
 * than it has is one that received late.
 *
 * The worlds:
 *   (none)         A of north and B of south conflict
 *   ALONE          A only; south also reads back wrongly
 *   SECOND         C of north conflicts with A and stands for nothing
 *   AMEND          C replaces A; -DAB=0: A does not meet B; -DCB=0: C does not
 *   TRIO           A and B both ask a third party, and not each other, as two monitors' do
 * and in each of them
 *   BRIEF          one act of one officer is a whole answer; else two officers and a read-back
 *   CUTS           the link between north and south is cut and heals; a cosignature grows old
 *   CONTROL=STOP   all three send STOP and lift it; =SUSPENDED: they suspend and resume
 *   WILLING        nobody objects or withdraws, and the faults end: for `flies` and `amended`
 * Broken on purpose, each of which spin must find:
 *   NO_OWN_GUARD   a party concurs while its own conflicting activity is live; both only give way
 *                  to an activation that they have seen
 *   NO_RULE_3      an activation does not look at the owner's other activities
 *   NO_FRESH       an activation needs no fresh link
 *   SILENCE        a proposal that nobody answered in time counts as concurred with
 *   OLD_CONSENT    a later objection does not take a concurrence back
 *   SIGNATURES     signatures are counted, and not officers
 *   NO_READ_BACK   a concurrence needs no read-back
 *   CLOSE_EARLY    an amendment ends what it replaces before it is active itself
 *   LEAVE_BOTH     an amendment that becomes active leaves what it replaces active
 *   NO_STOP        an activation does not look for STOP
 *   NO_SUSPENSION  an activation does not look for a suspension
 *   OWN_LOG_ONLY   an activation looks for STOP and suspension in its own log only
 *   FREED          an objection frees a third party for the other activity
 *   BOTH_ASKED     a third party does not look at what else it has concurred with
 *   ASKEW          A asks south, and B asks nobody but a third party
 *   SIGN_ONCE      a witness that has signed once does not sign again (breaks only `flies`)
 * NO_RULE_5 leaves out what must hold without it. REACH_... fail where the model gets to what they
 * name: spin must get there.
 */
#define N 0 /* north, south, the third: also the numbers of their logs */
#define S 1
#define T 2
#define A 0 /* north's, south's, and north's second */
#define B 1
#define C 2
#ifndef AB
#define AB 1 /* A and B conflict */
#endif
#ifndef CB
#define CB 1
#endif
#ifndef FRESH
#define FRESH 1 /* ticks */
#endif

/* What a log says. */
#define NONE 0
#define LIVE 1
#define ACTIVE 2
#define CLOSED 3 /* without having been active */
#define ENDED 4
#define state(log, a) (((log) >> (3 * (a))) & 7)
#define with_state(log, a, s) (((log) & ~(7 << (3 * (a)))) | ((s) << (3 * (a))))
#define live(log, a) (state(log, a) == LIVE || state(log, a) == ACTIVE)
#define ever_active(log, a) (state(log, a) == ACTIVE || state(log, a) == ENDED)
#define shut(log, a) (state(log, a) >= CLOSED)
#define answer(a) (9 + 5 * (a)) /* two officers, objected, read back, bound */
#define officers(log, a) (((log) >> answer(a)) & 3)
#define objected(log, a) (((log) >> (answer(a) + 2)) & 1)
#define read_back(log, a) (((log) >> (answer(a) + 3)) & 1)
#define bound(log, a) (((log) >> (answer(a) + 4)) & 1) /* has concurred, taken back or not */
#ifdef BRIEF
#define signers(o) 3
#define is_read(a) (1 << (answer(a) + 3))
#else
#define signers(o) (1 << (o))
#define is_read(a) 0
#endif
#define with_concur(log, a, o) \
  (((log) & ~(1 << (answer(a) + 2))) | (signers(o) << answer(a)) | (1 << (answer(a) + 4)) | \
   is_read(a))
#define with_read_back(log, a) ((log) | (1 << (answer(a) + 3)))
/* Another plan than the one filed: what was said to it before is no longer worth anything. */
#define with_misread(log, a) ((log) & ~(11 << answer(a)))
#ifdef OLD_CONSENT
#define with_object(log, a) ((log) | (1 << (answer(a) + 2)))
#else
#define with_object(log, a) (((log) & ~(3 << answer(a))) | (1 << (answer(a) + 2)))
#endif
#define STOP (1 << 24)
#define SUSPENDED (1 << 25)
#define SOME (1 << 26) /* so that no log with an entry is 0 */
#define TWICE (1 << 27) /* SIGNATURES only: somebody signed a second time */

/* The true logs; what reader r has received of writer w, and what is under way to it. */
int log[3];
int seen[9]; /* [r * 3 + w] */
int next[9];
int last[9];
#define of(r, w) seen[(r) * 3 + (w)]

/* The link between north and south, and the time. */
bool cut = false;
byte cut_for = 0;
byte age[2]; /* of the newest cosignature that the other one's witness gave each log */
#ifdef SILENCE
byte waited = 0;
#endif
#ifdef WILLING
byte cuts = 0;
#endif
#ifdef REACH_HEALED
bool was_long = false;
#endif
#ifdef REACH_LIFTED
bool was_lifted = false;
#endif

#ifdef TRIO
#define asked(p) T
#else
#ifdef ASKEW
#define asked(p) ((p) == N -> S : T)
#else
#define asked(p) (1 - (p))
#endif
#endif

inline push(i, now) {
  if
  :: next[i] == 0 -> next[i] = now
  :: else -> last[i] = now
  fi
}

/* One entry. */
inline write(p, now, ends) {
  /* SAFETY 1: what is active ends by its owner's act, or by its replacement's activation. */
  assert(state(log[p], A) != ACTIVE || state(now, A) == ACTIVE || ends || state(now, C) == ACTIVE);
  log[p] = (now) | SOME;
  /* SAFETY 2: two conflicting activities of one owner, so a replaced one and its replacement, are
   * never both active. */
  assert(state(log[p], A) != ACTIVE || state(log[p], C) != ACTIVE);
  if
  :: p != N -> push(N * 3 + p, log[p])
  :: else
  fi;
  if
  :: p != S -> push(S * 3 + p, log[p])
  :: else
  fi
#if defined(TRIO) || defined(ASKEW)
  ;
  if
  :: p != T -> push(T * 3 + p, log[p])
  :: else
  fi
#endif
}

/* Nothing of the party's own that is live conflicts with b. */
#ifdef NO_OWN_GUARD
#define own_free(p, b) (true)
#else
#define own_free(p, b) \
  ((p) == N -> !(AB && live(log[N], A)) && !(CB && live(log[N], C)) \
            : !(((b) == A -> AB : CB) && live(log[S], B)))
#endif
#if defined(NO_READ_BACK) || defined(BRIEF)
#define read_first(p, b) (true)
#else
#define read_first(p, b) read_back(log[p], b)
#endif
/* No conflicting activity of the other owner is active, as far as seen. */
#ifdef NO_RULE_5
#define given_way(p, a) (true)
#else
#define given_way(p, a) \
  ((p) == N -> !(((a) == A -> AB : CB) && state(of(N, S), B) == ACTIVE) \
            : !(AB && state(of(S, N), A) == ACTIVE) && !(CB && state(of(S, N), C) == ACTIVE))
#endif

/* What an activation asks of the log of the party that was asked, as far as seen. */
#ifdef SIGNATURES
#define concurred(said, a) \
  (officers(said, a) == 3 || (officers(said, a) != 0 && ((said) & TWICE)))
#else
#ifdef SILENCE
#define concurred(said, a) \
  (officers(said, a) == 3 || (waited == 2 && officers(said, a) == 0 && !objected(said, a)))
#else
#define concurred(said, a) (officers(said, a) == 3)
#endif
#endif
#define anywhere(p, what) ((log[p] | of(p, 1 - (p)) | of(p, T)) & (what))
#ifdef OWN_LOG_ONLY
#define looked_for(p, what) (log[p] & (what))
#else
#define looked_for(p, what) anywhere(p, what)
#endif
#ifdef NO_STOP
#define no_stop(p) (true)
#else
#define no_stop(p) (!looked_for(p, STOP))
#endif
#ifdef NO_SUSPENSION
#define in_force(p) (true)
#else
#define in_force(p) (!looked_for(p, SUSPENDED))
#endif
#ifdef NO_FRESH
#define fresh(p) (true)
#else
#define fresh(p) (age[p] <= FRESH)
#endif
#ifdef NO_RULE_3
#define alone(p, a) (true)
#else
#ifdef SECOND
#define alone(p, a) ((p) == S || !live(log[N], ((a) == C -> A : C)))
#else /* A gives way to C, so A is left out where C is judged; not the other way round */
#define alone(p, a) ((p) == S || (a) == C || !live(log[N], C))
#endif
#endif
#define may_activate(p, a) \
  (state(log[p], a) == LIVE && alone(p, a) && concurred(of(p, asked(p)), a) && no_stop(p) && \
   in_force(p) && fresh(p) && given_way(p, a))

/* The promises, at every activation. */
inline promised(p, a) {
  /* SAFETY 3: two different officers of the asked party, before it in causal order, after a
   * matching read-back, and with no objection since that the owner has seen. */
  assert(officers(of(p, asked(p)), a) == 3);
  assert(read_back(of(p, asked(p)), a));
  assert(!objected(of(p, asked(p)), a));
  /* SAFETY 4: no STOP and no suspension that the owner knows of. */
  assert(!anywhere(p, STOP));
  assert(!anywhere(p, SUSPENDED));
  /* SAFETY 5: not over a link that has been cut for longer than a cosignature is fresh. */
  assert(!cut || cut_for <= FRESH);
  /* SAFETY 6: no two conflicting activities of different owners are both active. Where the owners
   * answer each other: in no two prefixes of the logs, whoever reads them. */
#ifdef TRIO
  assert(state(log[1 - p], 1 - p) != ACTIVE);
#else
  assert(p == S || !(a == A -> AB : CB) || !ever_active(log[S], B) || shut(of(N, S), B));
  assert(p == N || !AB || !ever_active(log[N], A) || shut(of(S, N), A));
  assert(p == N || !CB || !ever_active(log[N], C) || shut(of(S, N), C))
#endif
}

/* Places that spin must get to, or the promises would say little. */
inline reached(p, a) {
#ifdef REACH_TURN /* the other one's was active before, and has ended */
  assert(p == N || state(log[N], A) != ENDED);
#endif
#ifdef REACH_REPLACED
  assert(a != C || state(log[N], A) != ACTIVE);
#endif
#ifdef REACH_IN_FLIGHT /* an objection was on its way */
  assert(!objected(log[asked(p)], a));
#endif
#ifdef REACH_HEALED
  assert(!was_long);
#endif
#ifdef REACH_LIFTED
  assert(!was_lifted);
#endif
  skip
}

/* What an owner does with an activity of its own. */
proctype owner(byte p; byte a) {
end:
  do
#ifdef AMEND
  /* C replaces A. What is not active gives way at once, what is active when C becomes active. */
  :: atomic { a == C && state(log[N], C) == NONE && live(log[N], A) ->
       if
       :: state(log[N], A) == LIVE ->
          write(N, with_state(with_state(log[N], A, CLOSED), C, LIVE), true)
#ifdef CLOSE_EARLY
       :: else -> write(N, with_state(with_state(log[N], A, ENDED), C, LIVE), false)
#else
       :: else -> write(N, with_state(log[N], C, LIVE), false)
#endif
       fi }
  :: atomic { a != C && state(log[p], a) == NONE -> write(p, with_state(log[p], a, LIVE), false) }
#else
  :: atomic { state(log[p], a) == NONE -> write(p, with_state(log[p], a, LIVE), false) }
#endif
  :: atomic { may_activate(p, a) ->
       promised(p, a);
       reached(p, a);
       if
#if defined(AMEND) && !defined(LEAVE_BOTH)
       :: a == C && state(log[N], A) == ACTIVE ->
          write(N, with_state(with_state(log[N], A, ENDED), C, ACTIVE), false)
#endif
       :: else -> write(p, with_state(log[p], a, ACTIVE), false)
       fi }
#ifndef WILLING
  :: atomic { live(log[p], a) ->
       write(p, with_state(log[p], a, (state(log[p], a) == LIVE -> CLOSED : ENDED)), true) }
#endif
  od
}

#ifdef TRIO
#define other(b) (1 - (b)) /* of the two activities, and of the two owners */
#ifdef BOTH_ASKED
#define uncommitted(p, b) (true)
#else
#ifdef FREED
#define uncommitted(p, b) (!officers(log[T], other(b)) || !live(of(T, other(b)), other(b)))
#else
#define uncommitted(p, b) (!bound(log[T], other(b)) || !live(of(T, other(b)), other(b)))
#endif
#endif
#else
#define uncommitted(p, b) ((p) == T || own_free(p, b))
#endif
#define may_concur(p, w, b) (live(of(p, w), b) && read_first(p, b) && uncommitted(p, b))

/* What party p answers to activity b of owner w. */
proctype answers(byte p; byte w; byte b) {
end:
  do
#ifndef BRIEF
  :: atomic { live(of(p, w), b) && !read_back(log[p], b) ->
       write(p, with_read_back(log[p], b), false) }
#ifdef ALONE
#ifndef WILLING
  :: atomic { live(of(p, w), b) && read_back(log[p], b) ->
       write(p, with_misread(log[p], b), false) }
#endif
#endif
  :: atomic { may_concur(p, w, b) && !(officers(log[p], b) & 2) ->
       write(p, with_concur(log[p], b, 1), false) }
#endif
  :: atomic { may_concur(p, w, b) && !(officers(log[p], b) & 1) ->
       write(p, with_concur(log[p], b, 0), false) }
#ifdef SIGNATURES
  :: atomic { may_concur(p, w, b) && (officers(log[p], b) & 1) && !(log[p] & TWICE) ->
       write(p, with_concur(log[p], b, 0) | TWICE, false) }
#endif
#ifndef WILLING
  /* An objection counts also where the activity is active already: then it changes nothing. */
  :: atomic { state(of(p, w), b) != NONE && !objected(log[p], b) ->
       write(p, with_object(log[p], b), false) }
#endif
  od
}

/* At any time; only the sender takes its own back. */
proctype controls(byte p; int what) {
end:
  do
  :: atomic { write(p, log[p] ^ what, false);
#ifdef REACH_LIFTED
       if
       :: !(log[p] & what) -> was_lifted = true
       :: else
       fi
#endif
     }
  od
}

#define crosses(i) ((i) == N * 3 + S || (i) == S * 3 + N)
proctype delivery(byte i) {
end:
  do
  :: atomic { next[i] != 0 && !(cut && crosses(i)) ->
       seen[i] = next[i]; next[i] = last[i]; last[i] = 0 }
  od
}

proctype link() {
end:
  do
#ifdef WILLING
  :: atomic { !cut && cuts < 2 -> cuts++; cut = true; cut_for = 0 }
#else
  :: atomic { !cut -> cut = true; cut_for = 0 }
#endif
  :: atomic { cut -> cut = false; cut_for = 0 }
  od
}

/* The other one's witness signs a head of the log of p. */
proctype witness(byte p) {
end:
  do
#ifdef SIGN_ONCE
  :: atomic { !cut && cuts == 0 && age[p] != 0 -> age[p] = 0 }
#else
  :: atomic { !cut && age[p] != 0 -> age[p] = 0 }
#endif
  od
}

#define older(ticks) ((ticks) > FRESH -> (ticks) : (ticks) + 1)
proctype clock() {
end:
  do
#ifdef WILLING
  :: atomic { cut && (age[N] <= FRESH || age[S] <= FRESH || cut_for <= FRESH) ->
#else
  :: atomic { age[N] <= FRESH || age[S] <= FRESH || (cut && cut_for <= FRESH) ->
#endif
       age[N] = older(age[N]);
       age[S] = older(age[S]);
       cut_for = (cut -> older(cut_for) : 0);
#ifdef REACH_HEALED
       was_long = was_long || cut_for > FRESH;
#endif
#ifdef SILENCE
       waited = (waited < 2 -> waited + 1 : 2);
#endif
       skip }
  od
}

init {
  atomic {
    run owner(N, A);
    run delivery(N * 3 + S);
    run delivery(S * 3 + N);
#ifdef TRIO
    run answers(T, N, A);
    run answers(T, S, B);
    run delivery(N * 3 + T);
    run delivery(S * 3 + T);
    run delivery(T * 3 + N);
    run delivery(T * 3 + S);
#else
    run answers(S, N, A);
#endif
#ifdef ASKEW
    run answers(T, S, B);
    run delivery(S * 3 + T);
    run delivery(T * 3 + S);
#endif
#ifndef ALONE
    run owner(S, B);
#if !defined(TRIO) && !defined(ASKEW)
    run answers(N, S, B);
#endif
#endif
#if defined(AMEND) || defined(SECOND)
    run owner(N, C);
    run answers(S, N, C);
#endif
#ifdef CONTROL
    run controls(N, CONTROL);
    run controls(S, CONTROL);
    run controls(T, CONTROL);
    run delivery(N * 3 + T);
#ifndef ALONE
    run delivery(S * 3 + T);
#endif
#endif
#ifdef CUTS
    run link();
    run clock();
    run witness(N);
#ifndef ALONE
    run witness(S);
#endif
#endif
    skip
  }
}

#ifdef WILLING
/* LIVENESS: when the faults are over, what everybody wants becomes active. */
ltl flies { <> (state(log[N], A) == ACTIVE) }
#ifdef AMEND
ltl amended { <> (state(log[N], C) == ACTIVE) }
#endif
#endif
