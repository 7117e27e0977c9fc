/* SPDX-License-Identifier: Apache-2.0
 *
 * One writer and its two peers: publishing, crashes, restored backups, the fence, rebuilding from a
 * mirror, a new epoch. What it shows and what it leaves out: docs/protocol/publishing.md.
 *
 * An entry is one bit that its officer chooses, so a log of size s is s bits, and the root of a
 * size is those bits: two different contents have two different roots.
 *
 * Broken on purpose, each of which spin must find:
 *   NO_FENCE       a restarted node signs at once
 *   SIGN_FIRST     the checkpoint is signed before its entries are durable
 *   QUORUM=1       one peer's word lifts the fence, and that peer may be stale
 *   RESTORE_EMPTY  a folder that lost its database is started again with the same keys
 *   SERVE_FIRST    after a power cut the head is served before the files are whole
 *   NO_REBUILD     a node that knows it was rolled back takes nothing from a mirror
 *   ASK_ONCE       a peer that does not answer is not asked again (breaks only `converge`)
 * REACH_REBUILD and REACH_EPOCH fail where a rebuild or a new epoch happens: spin must get there, or
 * the model would show nothing about them.
 * Other worlds in which everything must hold:
 *   LIAR           peer 1 repeats old heads for ever
 *   WITNESS_ONLY   peer 1 knows heads and holds no entries: the epoch may have to end
 */
#ifndef QUORUM
#define QUORUM 2
#endif
#ifndef ENTRIES
#define ENTRIES 3
#endif
#ifndef CRASHES
#define CRASHES 3
#endif
#ifndef RESTORES
#define RESTORES 1
#endif
#ifndef BACKUPS
#define BACKUPS 2
#endif
#ifndef CUTS
#define CUTS 1
#endif
#define EPOCHS 2
#define NONE 255
#define first(bits, size) ((bits) & ((1 << (size)) - 1))

/* The writer's disk. The head is durable and published in one step. */
byte epoch = 0;
byte db_size = 0;
byte db_bits = 0;
byte head_size = 0;
byte files_size = 0;
/* Its memory. */
bool up = true;
bool fenced = false;
byte stage = 0; /* 0 idle, 1 entries durable, 2 files read back, 3 signed */
byte confirmed = 0;
byte asked = 0;
byte needed = 0; /* size that a peer knows and this node does not */
#ifdef SIGN_FIRST
byte next_bits = 0;
#endif
/* A backup. */
byte backups = 0;
byte backup_size = 0;
byte backup_bits = 0;
byte backup_head = 0;
/* The peers' disks: the newest head seen, and how many entries are held. */
byte seen_size[2];
byte seen_bits[2];
byte held_size[2];
bool cut[2];
/* The faults so far. */
byte crashes = 0;
byte restores = 0;
byte cuts = 0;
/* What an all-knowing observer has noted. */
byte signed_root[8]; /* [epoch * 4 + size] */
byte newest_signed = 0;
byte acked_size = 0;
byte acked_bits = 0;

#ifdef LIAR
#define honest(i) (i == 0)
#else
#define honest(i) (true)
#endif
#ifdef WITNESS_ONLY
#define mirrors(i) (i == 0)
#else
#define mirrors(i) (true)
#endif

/* Somebody honest has seen the newest head that was ever signed. Without this no protocol can tell
 * a rolled back node from a node that never signed. */
#define known_to_somebody \
  ((seen_size[0] == newest_signed) || (honest(1) && seen_size[1] == newest_signed))

inline sign(size, bits) {
  /* SAFETY 1: one root for each size, ever. */
  assert(signed_root[epoch * 4 + size] == NONE || signed_root[epoch * 4 + size] == first(bits, size));
  signed_root[epoch * 4 + size] = first(bits, size);
  if
  :: size > newest_signed -> newest_signed = size
  :: else
  fi;
  /* SAFETY 2: what was acknowledged stands in all that is signed later. */
  assert(size < acked_size || first(bits, acked_size) == acked_bits)
}

inline confirm(i) {
  confirmed = confirmed | (1 << i);
  if
  :: ((confirmed & 1) + (confirmed >> 1)) >= QUORUM -> fenced = false
  :: else
  fi
}

/* What peer i answers when it is asked for the head that it has of this log. */
inline ask(i, r_size) {
  r_size = seen_size[i];
#ifdef LIAR
  if
  :: i == 1 && r_size > 0 -> r_size = 0
  :: i == 1 && r_size > 1 -> r_size = 1
  :: true
  fi;
#endif
  if
  :: r_size > db_size ->
     needed = (r_size > needed -> r_size : needed);
#ifndef NO_REBUILD
     if
     :: held_size[i] >= r_size -> /* rebuild from its mirror, and ask everybody again */
#ifdef REACH_REBUILD
        assert(false);
#endif
        db_size = r_size;
        db_bits = first(seen_bits[i], r_size);
        head_size = r_size;
        files_size = r_size;
        confirmed = 0
     :: else -> confirmed = confirmed & ~(1 << i)
     fi
#endif
  :: else ->
     assert(first(db_bits, r_size) == first(seen_bits[i], r_size));
     confirm(i)
  fi;
  r_size = 0
}

proctype writer() {
  do
  /* an officer's entry is taken, and is durable before anything else happens */
  :: atomic { up && !fenced && stage == 0 && db_size == head_size && db_size < ENTRIES ->
#ifdef SIGN_FIRST
       if
       :: next_bits = db_bits
       :: next_bits = db_bits | (1 << db_size)
       fi;
       sign(db_size + 1, next_bits);
#else
       if
       :: true
       :: db_bits = db_bits | (1 << db_size)
       fi;
       db_size++;
#endif
       stage = 1 }
  /* after a crash: entries that are durable and not under a head yet */
  :: atomic { up && !fenced && stage == 0 && db_size > head_size -> stage = 1 }
  :: atomic { up && stage == 1 ->
#ifdef SIGN_FIRST
       if
       :: db_size == head_size -> db_bits = next_bits; db_size++
       :: else
       fi;
#endif
       files_size = db_size; stage = 2 }
  :: atomic { up && stage == 2 -> sign(db_size, db_bits); stage = 3 }
  :: atomic { up && stage == 3 ->
       head_size = db_size;
       acked_size = (db_size > acked_size -> db_size : acked_size);
       acked_bits = first(db_bits, acked_size);
       stage = 0 }
  /* start: the files are written again from the database, then the fence stands */
  :: atomic { !up ->
#ifndef SERVE_FIRST
       files_size = db_size;
#endif
       up = true; confirmed = 0; asked = 0; needed = 0;
#ifdef NO_FENCE
       fenced = false
#else
       fenced = (db_size > 0)
#endif
     }
  od
}

/* The fenced writer asks each peer by itself, again and again. */
proctype poll(byte i) {
  byte r = 0;
  do
  :: atomic { up && fenced && !cut[i] && !(confirmed & (1 << i)) && !(asked & (1 << i)) -> ask(i, r) }
#ifdef ASK_ONCE
  :: atomic { up && fenced && cut[i] && !(asked & (1 << i)) -> asked = asked | (1 << i) }
#endif
  od
}

#ifdef WITNESS_ONLY
/* Nobody holds what was signed: the root key's holders close the log, and a new epoch begins. */
proctype root_keys() {
  do
  :: atomic { up && fenced && needed > db_size && needed > held_size[0] && epoch + 1 < EPOCHS ->
#ifdef REACH_EPOCH
       assert(false);
#endif
       epoch++;
       db_size = 0; db_bits = 0; head_size = 0; files_size = 0; stage = 0;
       fenced = false; confirmed = 0; needed = 0;
       seen_size[0] = 0; seen_bits[0] = 0; held_size[0] = 0;
       seen_size[1] = 0; seen_bits[1] = 0; held_size[1] = 0;
       backups = BACKUPS; backup_size = 0;
       newest_signed = 0; acked_size = 0; acked_bits = 0 }
  od
}
#endif

proctype peer(byte i) {
  do
  /* pull, check, persist; the witness's own order is in witness.pml */
  :: atomic { up && !cut[i] && head_size > seen_size[i] ->
       assert(files_size >= head_size); /* SAFETY 3: what the head covers is served */
       assert(first(db_bits, seen_size[i]) == seen_bits[i]);
       seen_size[i] = head_size;
       seen_bits[i] = first(db_bits, head_size);
       held_size[i] = (mirrors(i) -> head_size : 0) }
  /* a heartbeat: the same head again */
  :: atomic { up && !cut[i] && head_size == seen_size[i] -> skip }
  od
}

proctype faults() {
  byte i = 0;
  do
  :: atomic { up && crashes < CRASHES ->
       crashes++; up = false; stage = 0;
       if
       :: true
       :: files_size = 0 /* power cut: files that were not synced are gone */
#ifdef RESTORE_EMPTY
       :: restores < RESTORES && known_to_somebody ->
          restores++; db_size = 0; db_bits = 0; head_size = 0
#endif
       :: restores < RESTORES && backup_size > 0 && known_to_somebody ->
          restores++;
          db_size = backup_size; db_bits = backup_bits; head_size = backup_head;
          files_size = 0
       fi }
  :: atomic { backups < BACKUPS && db_size > 0 ->
       backups++;
       backup_size = db_size; backup_bits = db_bits; backup_head = head_size }
  :: atomic { cuts < CUTS -> cuts++; if :: cut[0] = true :: cut[1] = true fi }
  :: atomic { cut[0] -> cut[0] = false }
  :: atomic { cut[1] -> cut[1] = false }
  od
}

init {
  byte i;
  atomic {
    for (i : 0 .. 7) { signed_root[i] = NONE }
    run writer();
    run poll(0);
    run poll(1);
#ifdef WITNESS_ONLY
    run root_keys();
#endif
    run peer(0);
    run peer(1);
    run faults()
  }
}

/* SAFETY 4: an acknowledged entry is on the writer's disk or in an honest mirror. Not so where a
 * witness alone saw it and the writer's disk is then set back: there delivery counts, not this. */
#define kept (acked_size <= db_size || acked_size <= held_size[0] || \
              (honest(1) && acked_size <= held_size[1]))
#ifndef WITNESS_ONLY
ltl lost_nothing { [] kept }
#endif

/* LIVENESS: when the faults are over, the fence lifts, every entry is published, and both peers
 * have them. */
ltl converge { <> [] (up && !fenced && head_size == ENTRIES && seen_size[0] == ENTRIES &&
                      seen_size[1] == ENTRIES) }
