/* Taking the lock: take_free() of lwlock/lock.hpp, settle_count() of waiting.cpp,
   and acquire.cpp. Every inline here is a part of one step. */

#define lockable(s) \
    (hungry || nested -> is_lockable_by_hungry(s, mode) : is_lockable(s, mode))
#define class_bit (mode == SHARED -> WAIT_SHARED : WAIT_EXCLUSIVE)
#define sleep_bit (hungry -> WAIT_HUNGRY : class_bit)
#define REARMED(gets_in) ((mode == EXCLUSIVE || !(gets_in)) && OTHERS && REARMS -> class_bit : 0)
#ifdef MUTANT_NO_REARM
#define REARMS (mode == SHARED)
#elif defined(MUTANT_NO_SHARED_REARM)
#define REARMS (mode == EXCLUSIVE)
#else
#define REARMS true
#endif
#ifdef MUTANT_KEEP_WAKING
#define settled(s, gets_in) (woken -> (s) | REARMED(gets_in) : (s))
#else
#define settled(s, gets_in) (woken -> ((s) & ~WAKING) | REARMED(gets_in) : (s))
#endif
#define without_handoff(s) (hungry -> (s) & ~(HANDOFF | WAIT_HUNGRY) : (s))
#define without_waking(s) (stale -> (s) & ~WAKING : (s))
#define taken(s) without_handoff(without_waking(settled((s) + unit_of(mode), true)))

inline take_free() {
    if
    :: mode == SHARED ->
        got = is_lockable(state, SHARED);
        state = state + 1;
        if
        :: got -> count_in()
        :: else -> transient = transient | ME
        fi
    :: mode == EXCLUSIVE && is_lockable(state, EXCLUSIVE) ->
        state = state + exclusive_unit(number);
        count_in()
    :: mode == EXCLUSIVE && EARLIER(!is_lockable(state, EXCLUSIVE)) -> got = 0
    fi
}

inline take() {
    if
    :: CAS_FAILS -> got = 0
    :: else ->
        state = taken(seen);
        passes_on = mode == SHARED && hungry;
        wakes_more = mode == SHARED && woken && WAKES_MORE;
        count_in();
        handoff_owner = handoff_owner & ~ME;
        waiting = waiting & ~ME;
        woken = 0;
        FORGET_PASSED_OVER
        FORGET_DRAINED
        published = 0; saw_waking = 0; stale = 0; uncounted = 0;
        UNSEE
    fi
}

/* Sets the bit to sleep under, and the one that is owed. */
inline publish() {
    drains = MAY_DRAIN(seen); /* only where it is overdue */
    if
    :: !hungry && (seen & HANDOFF) == 0 && MAY_BE_OVERDUE -> becomes_hungry = 1
    :: hungry || (seen & HANDOFF) != 0 || !(MUST_BE_OVERDUE || drains) -> becomes_hungry = 0
    fi;
    wanted = settled(seen, false) | (hungry || becomes_hungry -> HANDOFF | WAIT_HUNGRY : class_bit);
    if
    :: CAS_FAILS && wanted != seen -> got = 0
    :: else ->
        if
        :: wanted != seen -> state = wanted
        :: else
        fi;
        if
        :: becomes_hungry -> hungry = 1; handoff_owner = handoff_owner | ME
        :: else
        fi;
        NOTE_PASSED_OVER
        woken = 0;
        published = 1;
        saw_waking = (wanted & WAKING) != 0;
        waiting = waiting | ME;
        UNSEE
        got = 1
    fi
}

/* Leaves nothing of this waiter in the word. */
inline leave_word() {
    wanted = without_handoff(settled(seen, false));
    if
    :: CAS_FAILS && wanted != seen -> got = 0
    :: else ->
        if
        :: wanted != seen -> state = wanted
        :: else
        fi;
        handoff_owner = handoff_owner & ~ME;
        waiting = waiting & ~ME;
        woken = 0; hungry = 0; published = 0; saw_waking = 0;
        stale = 0; uncounted = 0;
        FORGET_DRAINED
        UNSEE
        got = 1
    fi
}

/* Counts this waiter in. One that finds no room does not rely on wakes. */
inline enter_queue() {
    if
    :: waiters < MAX_WAITERS -> waiters++; queued = 1
    :: else -> uncounted = 1
    fi
}

/* Counts it out again; the last one leaves no WAKING behind. Two steps. */
inline leave_queue() {
    if
#ifdef MUTANT_UNCOUNTED_LEAVES
    :: atomic { waiters > 1 -> waiters--; queued = 0 }
    :: atomic { waiters == 1 -> waiters = 0; queued = 0 }; atomic { state = state & ~WAKING }
    :: atomic { waiters == 0 -> queued = 0 }
#else
    :: atomic { queued && waiters != 1 -> waiters--; queued = 0 }
    :: atomic { queued && waiters == 1 -> waiters = 0; queued = 0 }; atomic { state = state & ~WAKING }
    :: atomic { !queued -> skip }
#endif
    fi
}
