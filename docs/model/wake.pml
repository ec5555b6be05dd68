/* Whom a release wakes, and the release itself: lwlock/wake.hpp and wake.cpp. */

/* Release: what comes next. */
#define LOOKING 0
#define ANNOUNCING 1
#define ADVANCING 2
#define WAKING_TAKERS 3
#define WAKING_DEFERRED 4
#define RELEASED 5
#define LOADING 6

#define TAKERS (WAIT_SHARED | WAIT_EXCLUSIVE)
#ifndef SHARED_BATCH
#define SHARED_BATCH 1
#endif

#define wakeable_takers(after) \
    (((after) & WAKING) != 0 -> 0 : WAIT_SHARED | (is_free(after) -> WAIT_EXCLUSIVE : 0))
#define wakeable_hungry(after) (is_free(after) -> WAIT_HUNGRY : 0)
#define wakeable(after) \
    ((after) & (is_exclusive(after) -> 0 : \
        WAIT_VARIABLE | (is_free(after) -> WAIT_UNTIL_FREE : 0) | \
        (((after) & HANDOFF) != 0 -> wakeable_hungry(after) : wakeable_takers(after))))

#define first_taker(bits, after_shared) \
    (((bits) & WAIT_EXCLUSIVE) != 0 && ((after_shared) || ((bits) & WAIT_SHARED) == 0) \
        -> WAIT_EXCLUSIVE : (bits) & WAIT_SHARED)

#define released(word, unit) \
    ((((word) - (unit)) | (MUTANT_DROP_CLEARED_ -> 0 : cleared)) & ~(nobody_woken -> WAKING : 0))

inline announce_deferred() {
    if
    :: CAS_FAILS -> seen = state
    :: else ->
        cleared = cleared | (seen & wakes & ~TAKERS);
        state = seen & ~(wakes & ~TAKERS);
        phase = ANNOUNCING
    fi
}

inline wake_takers() {
    if
    :: CAS_FAILS -> seen = state
    :: else ->
#ifdef MUTANT_CLEAR_AFTER_ADVANCE
        state = seen | WAKING;
#else
        state = (seen & ~taker) | WAKING;
#endif
        cleared = cleared & ~taker;
        takers_shared = (taker == WAIT_SHARED);
        phase = ADVANCING
    fi
}

inline call_wake_takers() {
    if
    :: takers_shared -> wake_some(WAIT_SHARED, SHARED_BATCH)
    :: else -> wake_some(WAIT_EXCLUSIVE, 1)
    fi;
#ifdef MUTANT_NO_FALL_THROUGH
    nobody_woken = 0;
#else
    nobody_woken = (count == 0);
#endif
    if
    :: takers_shared && count == SHARED_BATCH && !MUTANT_LOST_BATCH_ -> cleared = cleared | WAIT_SHARED
    :: else
    fi;
    takers_shared = 0;
    phase = LOOK_AGAIN
}

inline end_release(ends) {
    phase = RELEASED;
    releasing = releasing & ~ME;
    cleared = 0;
    deferred = 0;
    nobody_woken = 0;
    UNSEE
    if
    :: ends -> busy = busy & ~ME
    :: else
    fi
}

inline finish(unit, ends) {
    wanted = after & ~wakes;
    if
    :: (unit) == 0 && wanted == seen && wakes == 0 -> end_release(ends)
    :: CAS_FAILS && !((unit) == 0 && wanted == seen && wakes == 0) -> seen = state
    :: else ->
        state = wanted;
        count_out(unit);
        deferred = wakes;
        if
        :: wakes != 0 -> phase = WAKING_DEFERRED
        :: else -> end_release(ends)
        fi
    fi
}

/* Each branch is one step. `ends`: the last one is the end of the operation. */
inline release_and_wake(unit, ends) {
    LOAD
    do
#ifdef SPLIT
    :: atomic { phase == LOADING -> LOAD phase = LOOKING }
#endif
    :: atomic { phase == LOOKING ->
        busy = busy | ME;
        releasing = releasing | ME;
        LOOK
        after = released(seen, unit);
        wakes = wakeable(after);
        taker = first_taker(wakes, (unit) == 1);
        if
        :: (seen & wakes & ~TAKERS) != 0 -> announce_deferred()
        :: (seen & wakes & ~TAKERS) == 0 && taker != 0 -> wake_takers()
        :: else -> finish(unit, ends)
        fi;
        if
        :: phase == RELEASED -> phase = LOOKING; break
        :: else
        fi }
    :: atomic { phase == ANNOUNCING || phase == ADVANCING ->
#ifndef MUTANT_NO_ADVANCE
        advance();
#endif
        phase = (phase == ANNOUNCING -> LOOK_AGAIN : WAKING_TAKERS) }
    :: atomic { phase == WAKING_TAKERS ->
#ifdef MUTANT_CLEAR_AFTER_ADVANCE
        state = state & ~(takers_shared -> WAIT_SHARED : WAIT_EXCLUSIVE);
#endif
        call_wake_takers() }
    :: atomic { phase == WAKING_DEFERRED ->
        wake_all(deferred);
        end_release(ends);
        phase = LOOKING;
        break }
    od
}
