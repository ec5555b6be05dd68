/* The protocol of lwlock::Lock for N backends. README.md says how to read this. */

#ifndef N
#define N 2
#endif

#ifdef SHORTEST
#define SCRATCH /* the search for the shortest trail knows no hidden variables */
#else
#define SCRATCH hidden
#endif

SCRATCH short after, fresh, wakes, wanted;
SCRATCH byte one, count;
SCRATCH byte got, becomes_hungry, drains, passes_on, wakes_more;

#ifdef SPLIT
#define LOAD seen = state;
#define LOAD_OTHERS others = (waiters > SELF);
#define OTHERS others
#define LOOK
#define FORGET_SEEN
#define EARLIER(condition) (condition)
#else
#define LOAD
#define LOAD_OTHERS
#define OTHERS (waiters > SELF)
#define LOOK seen = state;
#define FORGET_SEEN UNSEE
#define EARLIER(condition) true
#endif
#define UNSEE seen = 0;
#define CAS_FAILS (state != seen)

/* How far `waiters` counts, and how many shared waiters are woken at once. */
#ifndef MAX_WAITERS
#define MAX_WAITERS N
#endif
#ifndef BATCH
#define BATCH 1
#endif
#ifdef MUTANT_WAKES_UNCOUNTED
#define DROPS_BITS false
#else
#define DROPS_BITS true
#endif
#ifdef MUTANT_UNCOUNTED_COUNTS_ITSELF
#define SELF 1
#define UNCOUNTED_WAKES_MORE (waiters > BATCH)
#else
#define SELF queued
#define UNCOUNTED_WAKES_MORE true
#endif
#ifdef MUTANT_UNCOUNTED_LEAVES
#define LEAVES true
#else
#define LEAVES queued
#endif
#ifdef MUTANT_WAKING_STOPS_CLEARER
#define WAKES_CLEARED false
#else
#define WAKES_CLEARED true
#endif
#ifdef MUTANT_DROP_UNCLEARED
#define LEFT_OVER TAKERS
#else
#define LEFT_OVER (wakes & TAKERS)
#endif
#ifdef BIAS
#define BIASES true
#define MAY_DRAIN(s) may_drain(s)
#else
#define BIASES false
#define MAY_DRAIN(s) false
#endif
#ifdef NEVER_GIVEN_AGAIN
#define GIVES_BIAS false
#else
#define GIVES_BIAS true
#endif
/* The word that all begins with. */
#ifndef BEGIN
#define BEGIN 0
#endif

#ifdef LIVENESS
#ifndef PASSES
#define PASSES 1
#endif
#define MAY_BE_OVERDUE (overdue || passed_over == PASSES)
#define MUST_BE_OVERDUE MAY_BE_OVERDUE
#define NOTE_DRAIN if :: !trying -> waiting = waiting | ME :: else fi;
#define NOTE_PASSED_OVER if :: published && passed_over < PASSES -> passed_over++ :: else fi;
#define FORGET_PASSED_OVER passed_over = 0; overdue = 0;
#define MAY_LOOK !hungry
#define NOTE_POLL overdue = 1;
#define STRAY_WAKES false
#else
#ifdef PATIENT
#define MAY_BE_OVERDUE false
#define MAY_LOOK ((napping & ME) != 0)
#define STRAY_WAKES false
#else
#define MAY_BE_OVERDUE (published || DRAINED)
#define MAY_LOOK true
#endif
#define MUST_BE_OVERDUE false
#define NOTE_DRAIN
#define NOTE_PASSED_OVER
#define FORGET_PASSED_OVER
#define NOTE_POLL
#endif

/* After a drain that was in vain. */
#if !defined(BIAS) || defined(MUTANT_DRAIN_NOT_PASSED_OVER)
#define NOTE_DRAINED
#elif defined(LIVENESS)
#define NOTE_DRAINED if :: !trying && passed_over < PASSES -> passed_over++ :: else fi;
#else
#define NOTE_DRAINED drained = !trying;
#endif
#if defined(BIAS) && !defined(LIVENESS)
#define DRAINED drained
#define FORGET_DRAINED drained = 0;
#else
#define DRAINED false
#define FORGET_DRAINED
#endif
/* believes_biased() */
#if defined(BIAS) && defined(LIVENESS)
#define BELIEVES believes
#define SEE_BIAS(condition) if :: (condition) -> believes = 1 :: else fi;
#define FORGET_BIAS believes = 0;
#else
#define BELIEVES true
#define SEE_BIAS(condition)
#define FORGET_BIAS
#endif
/* Who finds the lock held by biased readers alone drains it, unless it is overdue
   and not hungry yet. */
#define DRAINS (hungry || !MUST_BE_OVERDUE)
#define GOES_ON(s) (!MAY_DRAIN(s) || (!hungry && MAY_BE_OVERDUE))

/* Whoever published a word with WAKING, or is not counted, sleeps a nap only. If the
   nap ends and no release came between, the backend stands in for the one that was
   on its way. */
#ifdef MUTANT_HUNGRY_UNCOUNTED_SLEEPS
#define NAPS (!hungry && (saw_waking || uncounted))
#else
#define NAPS (uncounted || (!hungry && saw_waking))
#endif
#define NAP \
    if \
    :: NAPS -> napping = napping | ME \
    :: else \
    fi
#ifdef MUTANT_NO_STAND_IN
#define STAND_IN
#else
#define STAND_IN \
    if \
    :: (napping & ME) != 0 && has_ticket && !hungry -> woken = 1 \
    :: else \
    fi;
#endif

#ifdef MUTANT_WAKE_ONE_SHARED
#define ALL_SHARED 1
#else
#define ALL_SHARED N
#endif
#ifdef MUTANT_BATCH_ENDS
#define WAKES_MORE false
#else
#define WAKES_MORE true
#endif
#ifdef MUTANT_BATCH_COUNTS_LATE
#define MORE_THAN_A_BATCH(queued_before) ((queued_before) - queued > BATCH)
#else
#define MORE_THAN_A_BATCH(queued_before) ((queued_before) > BATCH)
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
#include "bias.pml"
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
#define READS_ONCE (S|REST)
#define WRITES_ONCE (X|REST)
#ifndef OPS0
#define OPS0 (TIMED_S|TIMED_X|TRY_S|TRY_X)
#endif
#ifndef OPS1
#define OPS1 OPS0
#endif
#ifndef OPS2
#define OPS2 OPS1
#endif
#ifndef OPS3
#define OPS3 OPS2
#endif
#ifndef STRAY_WAKES
#define STRAY_WAKES true
#endif

#define OPS (number == 0 -> OPS0 : (number == 1 -> OPS1 : (number == 2 -> OPS2 : OPS3)))
#define MAY(op) ((OPS & (op)) != 0)

proctype Backend(byte number) {
    byte mode;
    bit timed, trying, nested, hungry, woken, published, saw_waking, advanced, in_part;
    bit queued, uncounted, stale;
    byte phase, crowd;
#ifdef BIAS
    bit by_bias, saw_draining;
#ifndef LIVENESS
    bit drained;
#endif
    byte slot;
#endif
#ifdef LIVENESS
    bit overdue;
    byte passed_over;
#ifdef BIAS
    bit believes;
#endif
#endif
    short cleared, everyone, first, second;
    short seen;
#ifdef SPLIT
    bit others;
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
#ifdef BIAS
        if
        :: mode == SHARED && !nested && BELIEVES -> goto take_biased
        :: true
        fi;
#endif
        SEE_BIAS((state & BIASED) != 0 && mode == SHARED)
        take_free();
        if
#ifdef BIAS
        :: got && mode == SHARED -> goto consider_bias
#endif
        :: got && !(BIASES && mode == SHARED) -> goto held
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
        :: is_lockable(seen, mode) ->
            take();
            if
            :: got -> goto acquired
            :: else -> goto try_acquire_cold
            fi
#ifdef BIAS
        :: !is_lockable(seen, mode) && may_drain(seen) ->
            if
            :: CAS_FAILS -> goto try_acquire_cold
            :: !CAS_FAILS -> begin_drain(); goto drain
            :: busy = busy & ~ME; UNSEE goto failed
            fi
#endif
        :: !is_lockable(seen, mode) && !MAY_DRAIN(seen) -> busy = busy & ~ME; UNSEE goto failed
        fi
    }

wait:
#ifndef MUTANT_LATE_TICKET
    atomic { ticket() };
#endif
look:
    LOAD
    LOAD_OTHERS
    atomic {
        LOOK
        if
        :: lockable(seen) ->
            take();
            if
            :: !got -> goto wait
            :: got && passes_on -> drop_ticket(); goto acquired_and_pass_on
            :: got && wakes_more -> drop_ticket(); goto acquired_and_wake_more
            :: else -> drop_ticket(); goto acquired
            fi
#ifdef BIAS
        :: !lockable(seen) && may_drain(seen) && DRAINS ->
            if
            :: CAS_FAILS -> goto wait
            :: else -> begin_drain(); drop_ticket(); goto drain
            fi
#endif
        :: !lockable(seen) && GOES_ON(seen) && timed -> drop_ticket(); goto give_up
        :: !lockable(seen) && GOES_ON(seen) && !queued && !uncounted
        :: !lockable(seen) && GOES_ON(seen) && (queued || uncounted) ->
            publish();
            if
            :: got && !drains -> goto sleep
            :: else -> drop_ticket(); goto wait
            fi
        fi
    };
    atomic { /* publish() for the first time: with no compare-and-swap if the bit is set */
        enter_queue();
        if
        :: (seen & class_bit) != 0 && !MAY_DRAIN(seen) && !MAY_BE_OVERDUE -> publish(); goto sleep
        :: else
        fi
    };
    atomic {
        publish();
        if
        :: got && !drains
        :: else -> UNSEE goto wait
        fi
    };
#ifdef MUTANT_LATE_TICKET
    atomic { ticket() };
#endif
sleep:
    atomic {
        if
        :: has_ticket -> stale = 0; fall_asleep(sleep_bit); NAP
        :: else -> stale = 1; ticket(); goto look
        fi
    };
asleep:
    if
    :: atomic { !is_asleep(sleep_bit) ->
        napping = napping & ~ME; woken = !hungry; ticket(); goto look }
    :: atomic { is_asleep(sleep_bit) && MAY_LOOK ->
        stop_sleeping(sleep_bit);
        STAND_IN
        napping = napping & ~ME;
        drop_ticket();
        NOTE_POLL
        goto wait }
    :: atomic { is_asleep(sleep_bit) && STRAY_WAKES && !hungry ->
        stop_sleeping(sleep_bit); woken = 1; napping = napping & ~ME; drop_ticket(); goto wait }
    fi;

give_up:
    atomic {
        UNSEE
        if
        :: published
        :: !published && queued -> goto leave
        :: else -> busy = busy & ~ME; uncounted = 0; FORGET_DRAINED goto failed
        fi
    };
withdraw:
    LOAD
    LOAD_OTHERS
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
    leave_queue();
    busy = busy & ~ME;
#else
    leave_queue();
    release_and_wake(0, true);
#endif
    goto failed;
leave:
    leave_queue();
    atomic { busy = busy & ~ME; goto failed };

acquired_and_pass_on:
    leave_queue();
    hungry = 0;
    release_and_wake(0, true);
    goto held;

acquired_and_wake_more:
    if
    :: atomic { queued && waiters == 1 -> waiters = 0; queued = 0; goto clear_waking }
    :: atomic { queued && waiters != 1 -> waiters--; wakes_more = MORE_THAN_A_BATCH(waiters + 1); queued = 0;
        if
        :: wakes_more -> goto wake_more
        :: else -> busy = busy & ~ME; goto held
        fi }
    :: atomic { !queued ->
        if
        :: UNCOUNTED_WAKES_MORE -> goto wake_more
        :: else -> busy = busy & ~ME; goto held
        fi }
    fi;
clear_waking:
    atomic { state = state & ~WAKING; busy = busy & ~ME; goto held };
wake_more:
    atomic { wake_some(WAIT_SHARED, BATCH); busy = busy & ~ME; goto held };

acquired:
    if
    :: atomic { !LEAVES -> hungry = 0; busy = busy & ~ME; goto held }
    :: atomic { LEAVES -> hungry = 0 }
    fi;
    leave_queue();
    atomic { busy = busy & ~ME; goto held };

#ifdef BIAS
take_biased:
    atomic {
        busy = busy | ME;
#ifdef MUTANT_LOOK_BEFORE_STORE
        by_bias = ((state & BIASED) != 0);
        saw_draining = ((state & DRAINING) != 0)
#else
        names = names | ME
#endif
    };
    atomic {
#ifdef MUTANT_LOOK_BEFORE_STORE
        names = names | ME;
#elif defined(MUTANT_NO_LOOK)
        by_bias = 1;
#else
        by_bias = ((state & BIASED) != 0);
        saw_draining = ((state & DRAINING) != 0);
#endif
        if
        :: by_bias -> saw_draining = 0; in_biased = in_biased | ME; busy = busy & ~ME; goto held
        :: else
        fi
    };
    atomic { unname(); FORGET_BIAS }; /* bias_was_lost() */
    if
    :: saw_draining -> wake_drainer()
    :: else
    fi;
    if
    :: trying -> goto try_acquire_cold
    :: else -> goto wait
    fi;

consider_bias:
    if
    :: atomic { GIVES_BIAS && gets_bias -> state = state | BIASED; SEE_BIAS(true) }
    :: true
    fi;
    goto held;

release_biased:
    atomic { busy = busy | ME; saw_draining = ((state & DRAINING) != 0) };
    atomic {
        unname();
        if
        :: !saw_draining -> busy = busy & ~ME; by_bias = 0; mode = 0; goto end_idle
        :: else
        fi
    };
    wake_drainer();
    atomic { busy = busy & ~ME; by_bias = 0; mode = 0; goto end_idle };

drain: /* Drain::run(): the slots one after the other */
    atomic {
        if
        :: slot == N -> slot = 0; goto take_drained
        :: slot != N && !names_lock -> slot++; goto drain
        :: slot != N && names_lock && (timed || trying) -> slot = 0; goto back_out
        :: slot != N && names_lock && !trying
        fi
    };
drain_ticket_of_slot:
    atomic { drain_ticket = SLOT; late = 0 };
    atomic {
        if
        :: !names_lock -> drain_ticket = 0; late = 0; slot++; goto drain
        :: names_lock && timed -> drain_ticket = 0; late = 0; slot = 0; goto back_out
        :: names_lock
        fi
    };
    atomic {
        if
        :: has_drain_ticket -> drain_asleep = SLOT
        :: else -> late = 0; goto drain_ticket_of_slot
        fi
    };
    if
    :: atomic { !sleeps_on_slot -> late = 0; goto drain_ticket_of_slot }
    :: atomic { sleeps_on_slot -> drain_asleep = 0; late = 0; goto drain_ticket_of_slot } /* nap */
    fi;

take_drained:
    LOAD
    LOAD_OTHERS
    atomic {
        LOOK
        if
        :: lockable(seen & ~DRAINING) && CAS_FAILS -> goto take_drained
        :: lockable(seen & ~DRAINING) && !CAS_FAILS ->
            state = state & ~DRAINING;
            seen = state;
            draining = draining & ~ME;
            take();
            goto acquired
        :: else -> NOTE_DRAINED UNSEE
        fi
    };
    release_and_wake(DRAINING, trying);
    if
    :: trying -> goto failed
    :: else -> goto wait
    fi;

back_out:
    atomic { state = (state & ~DRAINING) | BIASED; draining = draining & ~ME };
#ifndef MUTANT_QUIET_DRAINER
    release_and_wake(0, trying);
#endif
    if
    :: trying -> goto failed
    :: else -> goto give_up
    fi;
#endif

held:
    atomic { timed = 0; trying = 0;
    if
    :: true -> goto release
    :: MAY(NEST) && mode == SHARED && !nested -> nested = 1; timed = 1; goto begin
    fi };
release:
#ifdef BIAS
    if
    :: by_bias && !nested -> goto release_biased
    :: else
    fi;
#endif
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
        state = BEGIN;
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
