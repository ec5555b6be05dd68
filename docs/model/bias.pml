/* Read bias: lwlock/bias.hpp, bias.cpp, take_biased() and give_biased() of lock.hpp.

   Accesses are sequentially consistent here, so that membarrier has nothing to
   do. At most one backend drains at a time. */

#define SLOT (1 << slot)
#define names_lock ((names & SLOT) != 0)
#define has_drain_ticket ((drain_ticket & SLOT) != 0)
#define sleeps_on_slot ((drain_asleep & SLOT) != 0)
#define may_drain(s) (mode == EXCLUSIVE && is_drainable(hungry -> (s) & ~HANDOFF : (s)))

/* BIASED becomes DRAINING. */
inline begin_drain() {
    state = (seen & ~BIASED) | DRAINING;
    draining = draining | ME;
    NOTE_DRAIN
    UNSEE
}

/* The entry goes. The drainer may be asleep by now. */
inline unname() {
    names = names & ~ME;
    in_biased = in_biased & ~ME;
    if
    :: saw_draining -> leaving = leaving | ME
    :: !saw_draining && (drain_ticket & ME) != 0 -> late = late | ME
    :: else
    fi
}

inline wake_drainer() {
#ifdef MUTANT_NO_DRAIN_WAKE
    atomic { leaving = leaving & ~ME; saw_draining = 0 }
#else
    atomic { drain_ticket = drain_ticket & ~ME };
    atomic { drain_asleep = drain_asleep & ~ME; leaving = leaving & ~ME; saw_draining = 0 }
#endif
}

/* consider_bias(): a look and a compare-and-swap, which fails without effect. */
#define gets_bias ((state & ~SHARED_MASK) == 0)
