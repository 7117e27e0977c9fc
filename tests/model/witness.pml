/* SPDX-License-Identifier: Apache-2.0
 *
 * One witness against a log that lies: it may offer any head of any history, to two of the
 * witness's handlers at once, and the witness crashes at any point. A head of size s is s bits, and
 * a consistency proof holds exactly if the smaller one is the beginning of the larger.
 *
 * Broken on purpose, each of which spin must find:
 *   ANSWER_FIRST   the cosignature leaves before the head is durable
 *   NOT_ATOMIC     the check and the persisting are two steps that another handler can come between
 *   RESTORED       a witness that lost its database goes on under the same key
 */
#ifndef SIZES
#define SIZES 3
#endif
#ifndef CRASHES
#define CRASHES 2
#endif
#define NONE 255
#define first(bits, size) ((bits) & ((1 << (size)) - 1))
#define extends(bits, size, old_bits, old_size) \
  ((size) >= (old_size) && first(bits, old_size) == (old_bits))

/* The witness's disk. */
byte known_size = 0;
byte known_bits = 0;
/* What the world has of it: the cosigned root of each size. */
byte cosigned[SIZES + 1];
byte crashes = 0;
byte life = 0; /* grows at a crash: what a handler held in memory is gone */
bool lost = false;

inline cosign(size, bits) {
  /* SAFETY: every two cosigned heads are consistent. */
  for (k : 1 .. SIZES) {
    assert(cosigned[k] == NONE || k > size || first(bits, k) == cosigned[k]);
    assert(cosigned[k] == NONE || k <= size || first(cosigned[k], size) == bits)
  }
  cosigned[size] = bits
}

proctype handler() {
  byte size, bits, mine, k;
  do
  :: atomic { /* any head, of any history */
       select(size : 1 .. SIZES);
       select(bits : 0 .. (1 << SIZES) - 1);
       bits = first(bits, size);
       mine = life }
#ifdef NOT_ATOMIC
     if
     :: extends(bits, size, known_bits, known_size) ->
        atomic { if :: mine == life -> known_size = size; known_bits = bits :: else fi };
        atomic { if :: mine == life -> cosign(size, bits) :: else fi }
     :: else
     fi
#else
#ifdef ANSWER_FIRST
     atomic {
       if
       :: mine == life && extends(bits, size, known_bits, known_size) -> cosign(size, bits)
       :: else -> mine = NONE
       fi };
     atomic { if :: mine == life -> known_size = size; known_bits = bits :: else fi }
#else
     atomic { /* one transaction of the database */
       if
       :: mine == life && extends(bits, size, known_bits, known_size) ->
          known_size = size; known_bits = bits
       :: else -> mine = NONE
       fi };
     atomic { if :: mine == life -> cosign(size, bits) :: else fi }
#endif
#endif
     atomic { size = 0; bits = 0; mine = 0; k = 0 }
  od
}

proctype faults() {
  do
  :: atomic { crashes < CRASHES -> crashes++; life++ }
#ifdef RESTORED
  :: atomic { !lost -> lost = true; life++; known_size = 0; known_bits = 0 }
#endif
  od
}

init {
  byte i;
  atomic {
    for (i : 0 .. SIZES) { cosigned[i] = NONE }
    run handler();
    run handler();
    run faults()
  }
}
