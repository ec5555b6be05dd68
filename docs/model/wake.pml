/* Whom a release wakes, and the release itself: lwlock/wake.hpp and wake.cpp. */

/* release_and_wake(): what its next step does. */
#define LOOKING 0
#define ADVANCING 1
#define RELEASING 2
#define CALLING 3
#define RELEASED 4

/* What it read of `waiters`. */
#define NOBODY 0
#define ONE 1
#define MANY 2
#ifdef MUTANT_COUNT_BEFORE_ADVANCE
#define COUNT_FIRST read_waiters();
#define COUNT_THEN
#else
#define COUNT_FIRST
#define COUNT_THEN read_waiters();
#endif
inline read_waiters() {
    crowd = (waiters == 0 -> NOBODY : (waiters <= BATCH -> ONE : MANY))
}

/* plan_wakes(). Turn is left open: either kind may come first. */
inline plan_wakes() {
    in_part = 0;
    everyone = wakes & (WAIT_VARIABLE | WAIT_UNTIL_FREE);
    if
    :: (wakes & WAIT_HUNGRY) != 0 -> first = WAIT_HUNGRY; second = 0
    :: (wakes & WAIT_HUNGRY) == 0 && (wakes & WAIT_EXCLUSIVE) != 0 ->
        first = WAIT_EXCLUSIVE; second = wakes & WAIT_SHARED
    :: (wakes & WAIT_HUNGRY) == 0 && (wakes & WAIT_SHARED) != 0 ->
        first = WAIT_SHARED; second = wakes & WAIT_EXCLUSIVE; in_part = (crowd == MANY)
    :: (wakes & (WAIT_HUNGRY | WAIT_EXCLUSIVE | WAIT_SHARED)) == 0 -> first = 0; second = 0
    fi
}

#define woken_word(after) \
    (((after) & ~(everyone | first)) | ((first & (WAIT_SHARED | WAIT_EXCLUSIVE)) != 0 && MARKS_WAKING(after) -> WAKING : 0))

inline forget_plan() {
    everyone = 0; first = 0; second = 0; in_part = 0
}

/* One system call of the plan. */
inline carry_out() {
    if
    :: everyone != 0 -> wake_all(everyone); everyone = 0
    :: else ->
        if
        :: first == WAIT_SHARED -> wake_some(WAIT_SHARED, (in_part -> BATCH : ALL_SHARED))
        :: else -> wake_some(first, 1)
        fi;
        if
        :: count == 0 && FALLS_THROUGH -> first = second; in_part = (second == WAIT_SHARED)
        :: else -> first = 0; in_part = 0
        fi;
        second = 0
    fi
}

/* Takes the bits off while the lock is still held. */
inline clear() {
#ifdef MUTANT_CLEAR_AFTER_ADVANCE
    if
    :: !advanced -> advanced = 1; phase = ADVANCING
    :: else -> advanced = 0; cleared = cleared | (seen & wakes); state = seen & ~wakes
    fi;
#else
    cleared = cleared | (seen & wakes);
    state = seen & ~wakes;
    COUNT_FIRST
    phase = ADVANCING;
#endif
    seen = state
}

inline end_release(ends) {
    phase = RELEASED;
    releasing = releasing & ~ME;
    cleared = 0; crowd = NOBODY;
    UNSEE
    if
    :: ends -> busy = busy & ~ME
    :: else
    fi
}

/* The word that the release would leave if it woke nobody. */
inline look_at_word(unit) {
    after = (seen - (unit)) | KEPT(cleared);
    after = ((after & HANDOFF) == 0 -> after & ~WAIT_HUNGRY : after);
    fresh = ((cleared & TAKERS) != 0 && WAKES_CLEARED -> after & ~WAKING : after);
    wakes = wakeable(fresh)
}

/* The releasing compare-and-swap, if it succeeds. */
inline give_back(unit, ends) {
    plan_wakes();
    if
    :: (wakes & TAKERS) != 0 && crowd == NOBODY && DROPS_BITS ->
        after = after & ~LEFT_OVER; first = 0; second = 0; in_part = 0
    :: else
    fi;
    wanted = woken_word(after);
    if
    :: (unit) == 0 && wanted == seen && wakes == 0 -> end_release(ends)
    :: !((unit) == 0 && wanted == seen && wakes == 0) && CAS_FAILS -> forget_plan(); look_again()
    :: else ->
        state = wanted;
        count_out(unit);
        crowd = NOBODY;
        UNSEE
        phase = CALLING;
        if
        :: everyone == 0 && first == 0 -> end_release(ends)
        :: else
        fi
    fi
}

inline look_again() {
    crowd = NOBODY;
    phase = LOOKING;
    seen = state;
    FORGET_SEEN
}

/* Each branch is one step. `ends`: the last one is the end of the operation. */
inline release_and_wake(unit, ends) {
    LOAD
    do
    :: atomic { phase == LOOKING ->
        busy = busy | ME;
        releasing = releasing | ME;
        LOOK
        look_at_word(unit);
        if
        :: (seen & wakes) != 0 && CAS_FAILS -> look_again()
        :: (seen & wakes) != 0 && !CAS_FAILS -> clear(); FORGET_SEEN
        :: (seen & wakes) == 0 && (wakes & TAKERS) != 0 -> COUNT_THEN phase = RELEASING
        :: else -> give_back(unit, ends); FORGET_SEEN
        fi;
        if
        :: phase == RELEASED -> phase = LOOKING; break
        :: else
        fi }
    :: atomic { phase == ADVANCING ->
#ifndef MUTANT_NO_ADVANCE
        advance();
#endif
        phase = LOOKING }
    :: atomic { phase == RELEASING ->
        look_at_word(unit);
        give_back(unit, ends);
        if
        :: phase == RELEASED -> phase = LOOKING; break
        :: else
        fi }
    :: atomic { phase == CALLING ->
        carry_out();
        if
        :: everyone == 0 && first == 0 -> end_release(ends); phase = LOOKING; break
        :: else
        fi }
    od
}
