/* What is true of the real lock but stands in no word of it, and what must hold. */

byte busy;          /* backends inside an operation; those that sleep included */
byte in_shared;     /* backends that hold the lock shared */
byte in_nested;     /* those that hold it shared twice */
byte in_biased;     /* backends that hold it shared, known by their slots alone */
byte in_exclusive;  /* backends that hold it exclusively */
byte releasing;     /* backends inside release_and_wake() */
byte transient;     /* backends in the count that do not hold the lock */
byte handoff_owner; /* backends that believe to be the hungry one */
byte napping;       /* sleepers that look again on their own, soon */
byte draining;      /* the backend that owns DRAINING */
byte late;          /* left a slot that is drained without having seen that */
byte leaving;       /* left a slot, and will wake the drainer yet */
byte waiting;       /* backends that published a bit and do not hold the lock yet */

#define ME (1 << number)
#define COUNT_OF(set) \
    (((set) & 1) + (((set) >> 1) & 1) + (((set) >> 2) & 1) + (((set) >> 3) & 1) + (((set) >> 4) & 1))
#define NUMBER_IN(set) \
    ((set) == 0 -> 0 : ((set) == 1 -> 1 : ((set) == 2 -> 2 : ((set) == 4 -> 3 : ((set) == 8 -> 4 : 5)))))

inline count_in() {
    got = 1;
    /* I5: HANDOFF keeps everybody out but its owner. */
    assert((handoff_owner & ~ME) == 0 || nested);
    if
    :: mode == SHARED && !nested -> in_shared = in_shared | ME
    :: mode == SHARED && nested -> in_nested = in_nested | ME
    :: else -> in_exclusive = in_exclusive | ME
    fi
}

inline count_out(unit) {
    if
    :: (unit) == 0
    :: (unit) == DRAINING -> draining = draining & ~ME
    :: (unit) != 0 && (unit) != DRAINING && (transient & ME) != 0 -> transient = transient & ~ME
    :: (unit) != 0 && (unit) != DRAINING && (transient & ME) == 0 && nested -> in_nested = in_nested & ~ME
    :: else ->
        in_shared = in_shared & ~ME;
        in_exclusive = in_exclusive & ~ME
    fi
}

#define I1_EXCLUSION \
    (in_exclusive == 0 || ((in_shared | in_nested | in_biased) == 0 && COUNT_OF(in_exclusive) == 1))
#define I1_COUNT                                                                          \
    ((state & SHARED_MASK) == COUNT_OF(in_shared) + COUNT_OF(in_nested) + COUNT_OF(transient) + \
                                  NUMBER_IN(in_exclusive) &&                              \
     is_exclusive(state) == (in_exclusive != 0))
#define NOBODY_AWAKE ((busy & ~(ASLEEP & ~napping)) == 0)
#define I2_SLEEP (!(NOBODY_AWAKE && ASLEEP != 0 && is_free(state)))
#define I2_VARIABLE (!(NOBODY_AWAKE && sleepers[3] != 0 && !is_exclusive(state)))
#define I5_ONE_OWNER (((state & HANDOFF) != 0) == (COUNT_OF(handoff_owner) == 1) && \
                      COUNT_OF(handoff_owner) <= 1)

/* DRAINING has one owner, and BIASED is not set beside it, nor held exclusively. */
#define B_ONE_OWNER (((state & DRAINING) != 0) == (COUNT_OF(draining) == 1) && \
                     COUNT_OF(draining) <= 1)
#define B_BIASED ((state & BIASED) == 0 || (state & (DRAINING | EXCLUSIVE_BIT)) == 0)
/* Who sleeps on a slot is woken when the slot does not name the lock any more,
   unless its owner could not see DRAINING. */
#define B_WAKE ((drain_asleep & ~(names | leaving | late)) == 0)

/* Blocked, and so no part of the state space, until something is wrong. */
proctype Monitor() {
end_monitor:
    if
    :: atomic { !I1_EXCLUSION -> assert(I1_EXCLUSION) }
    :: atomic { !I1_COUNT -> assert(I1_COUNT) }
    :: atomic { !I2_SLEEP -> assert(I2_SLEEP) }
    :: atomic { !I5_ONE_OWNER -> assert(I5_ONE_OWNER) }
#ifdef BIAS
    :: atomic { !B_ONE_OWNER -> assert(B_ONE_OWNER) }
    :: atomic { !B_BIASED -> assert(B_BIASED) }
    :: atomic { !B_WAKE -> assert(B_WAKE) }
#endif
    fi
}
