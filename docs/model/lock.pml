/* The protocol of lwlock::Lock for N backends. README.md says how to read this. */

#ifndef N
#define N 2
#endif

#ifdef SHORTEST
#define SCRATCH /* the search for the shortest trail knows no hidden variables */
#else
#define SCRATCH hidden
#endif

SCRATCH short after, wakes, wanted;
SCRATCH byte one, count;
SCRATCH byte got, becomes_hungry, wakes_next;

#ifdef SPLIT
#define LOAD seen = state;
#define LOOK
#define LOOKED seen
#define UNSEE seen = 0;
#define CAS_FAILS (state != seen)
#define EARLIER(condition) (condition)
#else
SCRATCH short seen;
#define LOAD
#define LOOK seen = state;
#define LOOKED state
#define UNSEE
#define CAS_FAILS false
#define EARLIER(condition) true
#endif

#ifdef LIVENESS
#ifndef PASSES
#define PASSES 1
#endif
#define MAY_BE_OVERDUE (overdue || passed_over == PASSES)
#define MUST_BE_OVERDUE MAY_BE_OVERDUE
#define NOTE_PASSED_OVER if :: published && passed_over < PASSES -> passed_over++ :: else fi;
#define FORGET_PASSED_OVER passed_over = 0; overdue = 0;
#define MAY_LOOK !hungry
#define NOTE_POLL overdue = 1;
#define STRAY_WAKES false
#else
#define MAY_BE_OVERDUE true
#define MUST_BE_OVERDUE false
#define NOTE_PASSED_OVER
#define FORGET_PASSED_OVER
#define NOTE_POLL
#define MAY_LOOK true
#endif

/* Whoever published a word with WAKING sleeps a nap only. If the nap ends and no
   release came between, the backend stands in for the one that was on its way. */
#define NAP \
    if \
    :: !hungry && saw_waking -> napping = napping | ME \
    :: else \
    fi
#ifdef MUTANT_NO_STAND_IN
#define STAND_IN
#else
#define STAND_IN \
    if \
    :: (napping & ME) != 0 && has_ticket -> woken = 1 \
    :: else \
    fi;
#endif

#ifdef MUTANT_WAKE_ONE_SHARED
#define ALL_SHARED 1
#else
#define ALL_SHARED N
#endif
#ifdef MUTANT_BATCH_TAKES_BIT
#define KEEPS_BIT false
#else
#define KEEPS_BIT in_part
#endif
#ifdef MUTANT_BATCH_ENDS
#define WAKES_NEXT hungry
#else
#define WAKES_NEXT (hungry || woken)
#endif
#ifdef MUTANT_NO_FALL_THROUGH
#define FALLS_THROUGH false
#else
#define FALLS_THROUGH true
#endif
#ifdef MUTANT_WAKING_WHEN_HELD
#define MARKS_WAKING(after) true
#else
#define MARKS_WAKING(after) is_free(after)
#endif
#ifdef MUTANT_DROP_CLEARED
#define KEPT(bits) 0
#else
#define KEPT(bits) (bits)
#endif

#include "state.pml"
#include "eventcount.pml"
#include "invariants.pml"
#include "wake.pml"
#include "acquire.pml"

#define S 1
#define X 2
#define TIMED_S 4
#define TIMED_X 8
#define TRY_S 16
#define TRY_X 32
#define NEST 1024
#define REST 2048
#define READER 1
#define WRITER 2
#define EITHER 3
#ifndef OPS0
#define OPS0 (TIMED_S|TIMED_X|TRY_S|TRY_X)
#endif
#ifndef OPS1
#define OPS1 OPS0
#endif
#ifndef OPS2
#define OPS2 OPS0
#endif
#ifndef OPS3
#define OPS3 OPS0
#endif
#ifndef STRAY_WAKES
#define STRAY_WAKES true
#endif

#define OPS (number == 0 -> OPS0 : (number == 1 -> OPS1 : (number == 2 -> OPS2 : OPS3)))
#define MAY(op) ((OPS & (op)) != 0)

proctype Backend(byte number) {
    byte mode;
    bit timed, trying, nested, hungry, woken, published, saw_waking, advanced, in_part;
    byte phase;
#ifdef LIVENESS
    bit overdue;
    byte passed_over;
#endif
    short cleared, everyone, first, second;
#ifdef SPLIT
    short seen;
#endif

end_idle:
    atomic {
        if
        :: MAY(S) -> mode = SHARED
        :: MAY(X) -> mode = EXCLUSIVE
        :: MAY(TIMED_S) -> mode = SHARED; timed = 1
        :: MAY(TIMED_X) -> mode = EXCLUSIVE; timed = 1
        :: MAY(TRY_S) -> mode = SHARED; trying = 1
        :: MAY(TRY_X) -> mode = EXCLUSIVE; trying = 1
        :: MAY(REST) -> goto end_rest
        fi;
begin:
        take_free();
        if
        :: got -> goto held
        :: else -> busy = busy | ME
        fi;
        if
        :: (transient & ME) != 0 -> goto settle_count
        :: (transient & ME) == 0 && trying -> goto try_acquire_cold
        :: else -> goto wait
        fi
    }

settle_count:
    if
    :: atomic { is_lockable(state, SHARED) ->
        transient = transient & ~ME;
        count_in();
        goto acquired }
#ifdef SPLIT
    ::  !is_lockable(state, SHARED) -> release_and_wake(1, trying)
#elif defined(MUTANT_QUIET_BACK_OUT)
    :: atomic { state = state - 1; transient = transient & ~ME; if :: trying -> busy = busy & ~ME :: else fi }
#else
    :: release_and_wake(1, trying)
#endif
    fi;
    if
    :: trying -> goto failed
    :: else -> goto wait
    fi;

try_acquire_cold:
    LOAD
    atomic {
        LOOK
        if
        :: is_lockable(seen, EXCLUSIVE) ->
            take();
            if
            :: got -> goto acquired
            :: else -> goto try_acquire_cold
            fi
        :: else -> busy = busy & ~ME; goto failed
        fi
    }

wait:
#ifndef MUTANT_LATE_TICKET
    atomic { ticket() };
#endif
look:
    LOAD
    atomic {
        LOOK
        if
        :: lockable(seen) ->
            take();
            if
            :: !got -> goto wait
            :: got && wakes_next -> drop_ticket(); goto pass_on
            :: else -> drop_ticket(); goto acquired
            fi
        :: !lockable(seen) && timed ->
            drop_ticket();
            if
            :: published -> goto withdraw
            :: else -> busy = busy & ~ME; goto failed
            fi
        :: !lockable(seen) ->
            publish();
            if
            :: got
            :: else -> goto wait
            fi
        fi
    };
#ifdef MUTANT_LATE_TICKET
    atomic { ticket() };
#endif
sleep:
    atomic {
        if
        :: has_ticket -> fall_asleep(sleep_bit); NAP
        :: else -> ticket(); goto look
        fi
    };
asleep:
    if
    :: atomic { !is_asleep(sleep_bit) ->
        napping = napping & ~ME; woken = !hungry; ticket(); goto look }
    :: atomic { is_asleep(sleep_bit) && MAY_LOOK ->
        leave_queue(sleep_bit);
        STAND_IN
        napping = napping & ~ME;
        drop_ticket();
        NOTE_POLL
        goto wait }
    :: atomic { is_asleep(sleep_bit) && STRAY_WAKES && !hungry ->
        leave_queue(sleep_bit); woken = 1; napping = napping & ~ME; drop_ticket(); goto wait }
    fi;

withdraw:
    LOAD
    atomic {
        LOOK
#ifdef MUTANT_LEAK_HANDOFF
        if :: hungry -> state = state | HANDOFF; hungry = 0 :: else fi;
#endif
        leave_word();
        if
        :: got
        :: else -> goto withdraw
        fi
    };
#ifdef MUTANT_TIMEOUT_KEEPS_WAKE
    busy = busy & ~ME;
#else
    release_and_wake(0, true);
#endif
    goto failed;

pass_on:
    hungry = 0;
    release_and_wake(0, true);
    goto held;

acquired:
    atomic { hungry = 0; busy = busy & ~ME };
held:
    atomic { timed = 0; trying = 0;
    if
    :: true -> goto release
    :: MAY(NEST) && mode == SHARED && !nested -> nested = 1; timed = 1; goto begin
    fi };
release:
#ifdef MUTANT_QUIET_RELEASE
    atomic { state = state - unit_of(mode); count_out(1) };
#else
    release_and_wake(unit_of(mode), true);
#endif
    if
    :: nested -> nested = 0; goto held
    :: else -> mode = 0; goto end_idle
    fi;

failed:
    atomic {
    timed = 0; trying = 0;
    if
    :: nested -> nested = 0; goto held
    :: else -> mode = 0; goto end_idle
    fi };

end_rest:
    false
}

init {
    atomic {
        run Monitor();
        run Backend(0);
        run Backend(1);
#if N > 2
        run Backend(2);
#endif
#if N > 3
        run Backend(3);
#endif
#if N > 4
        run Backend(4);
#endif
    }
}

#ifdef LTL_SERVED
#define ENDS(backend) ([] <> ((releasing & (1 << backend)) == 0))
#if N > 2
#define RELEASES_END (ENDS(0) && ENDS(1) && ENDS(2))
#else
#define RELEASES_END (ENDS(0) && ENDS(1))
#endif
ltl served { RELEASES_END -> [] ((waiting & 1) != 0 -> <> ((waiting & 1) == 0)) }
#endif
