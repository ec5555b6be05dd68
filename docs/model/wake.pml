/* Whom a release wakes, and the release itself: lwlock/wake.hpp and wake.cpp. */

/* release_and_wake(): what its next step does. */
#define LOOKING 0
#define ADVANCING 1
#define CALLING 2
#define RELEASED 3

/* plan_wakes() and divide_shared(). Turn is left open: either kind may come first;
   so is whether there are too many shared sleepers to wake them all. */
inline plan_wakes() {
    in_part = 0;
    everyone = wakes & (WAIT_VARIABLE | WAIT_UNTIL_FREE);
    if
    :: (wakes & WAIT_HUNGRY) != 0 -> first = WAIT_HUNGRY; second = 0
    :: (wakes & WAIT_HUNGRY) == 0 && (wakes & WAIT_EXCLUSIVE) != 0 ->
        first = WAIT_EXCLUSIVE; second = wakes & WAIT_SHARED
    :: (wakes & WAIT_HUNGRY) == 0 && (wakes & WAIT_SHARED) != 0 ->
        first = WAIT_SHARED; second = wakes & WAIT_EXCLUSIVE;
        if
        :: in_part = 1
        :: in_part = 0
        fi
    :: (wakes & (WAIT_HUNGRY | WAIT_EXCLUSIVE | WAIT_SHARED)) == 0 -> first = 0; second = 0
    fi
}

#define woken_word(after) \
    (((after) & ~(everyone | (KEEPS_BIT -> 0 : first))) | ((first & (WAIT_SHARED | WAIT_EXCLUSIVE)) != 0 && MARKS_WAKING(after) -> WAKING : 0))

inline forget_plan() {
    everyone = 0; first = 0; second = 0; in_part = 0
}

/* One system call of the plan. */
inline carry_out() {
    if
    :: everyone != 0 -> wake_all(everyone); everyone = 0
    :: else ->
        if
        :: first == WAIT_SHARED -> wake_some(WAIT_SHARED, (in_part -> 1 : ALL_SHARED))
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
    phase = ADVANCING;
#endif
    seen = state
}

inline end_release(ends) {
    phase = RELEASED;
    releasing = releasing & ~ME;
    cleared = 0;
    UNSEE
    if
    :: ends -> busy = busy & ~ME
    :: else
    fi
}

/* Each branch is one step. `ends`: the last one is the end of the operation. */
inline release_and_wake(unit, ends) {
    LOAD
    do
    :: atomic { phase == LOOKING ->
        busy = busy | ME;
        releasing = releasing | ME;
        LOOK
        after = (seen - (unit)) | KEPT(cleared);
        wakes = wakeable(after);
        if
        :: (seen & wakes) != 0 && CAS_FAILS -> seen = state
        :: (seen & wakes) != 0 && !CAS_FAILS -> clear()
        :: else ->
            plan_wakes();
            wanted = woken_word(after);
            if
            :: (unit) == 0 && wanted == seen && wakes == 0 -> end_release(ends)
            :: !((unit) == 0 && wanted == seen && wakes == 0) && CAS_FAILS ->
                seen = state; forget_plan()
            :: else ->
                state = wanted;
                count_out(unit);
                phase = CALLING;
                if
                :: everyone == 0 && first == 0 -> end_release(ends)
                :: else
                fi
            fi
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
    :: atomic { phase == CALLING ->
        carry_out();
        if
        :: everyone == 0 && first == 0 -> end_release(ends); phase = LOOKING; break
        :: else
        fi }
    od
}
