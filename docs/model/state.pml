/* The state word: lwlock/state.hpp, with a count of four bits. */

#define SHARED 1
#define EXCLUSIVE 2

#define SHARED_MASK 15
#define EXCLUSIVE_BIT 16
#define WAIT_SHARED 32
#define WAIT_EXCLUSIVE 64
#define WAIT_UNTIL_FREE 128
#define WAIT_VARIABLE 256
#define WAIT_HUNGRY 512
#define WAIT_MASK 992
#define HANDOFF 1024
#define WAKING 2048
#define BIASED 4096
#define DRAINING 8192

/* The bits of those who are counted in `waiters`. */
#define TAKERS (WAIT_SHARED | WAIT_EXCLUSIVE | WAIT_HUNGRY)

#define exclusive_unit(backend) (EXCLUSIVE_BIT + (backend) + 1)
#define unit_of(mode) ((mode) == SHARED -> 1 : exclusive_unit(number))

#define is_exclusive(s) (((s) & EXCLUSIVE_BIT) != 0)
#define is_free(s) (((s) & (EXCLUSIVE_BIT | SHARED_MASK | DRAINING)) == 0)
#define has_waiters(s) (((s) & WAIT_MASK) != 0)
#ifdef MUTANT_BARGE_HANDOFF
#define KEEPS_OUT 0
#else
#define KEEPS_OUT HANDOFF
#endif
#ifdef MUTANT_TAKES_BIASED
#define KEEPS_WRITERS_OUT DRAINING
#else
#define KEEPS_WRITERS_OUT (BIASED | DRAINING)
#endif
#define is_lockable(s, mode)                                       \
    ((mode) == SHARED -> ((s) & (EXCLUSIVE_BIT | KEEPS_OUT)) == 0    \
                      : ((s) & (EXCLUSIVE_BIT | KEEPS_OUT | SHARED_MASK | KEEPS_WRITERS_OUT)) == 0)
#define is_drainable(s) (((s) & (BIASED | HANDOFF)) == BIASED)
#define is_lockable_by_hungry(s, mode) is_lockable((s) & ~HANDOFF, mode)

#define wakeable_takers(after) \
    (((after) & WAKING) != 0 -> 0 : WAIT_SHARED | (is_free(after) -> WAIT_EXCLUSIVE : 0))
#define wakeable_hungry(after) (is_free(after) -> WAIT_HUNGRY : 0)
#define wakeable(after) \
    ((after) & (is_exclusive(after) -> 0 : \
        WAIT_VARIABLE | (is_free(after) -> WAIT_UNTIL_FREE : 0) | \
        (((after) & HANDOFF) != 0 -> wakeable_hungry(after) : wakeable_takers(after))))

short state;
byte waiters; /* how many wait to take the lock */
byte names;   /* slots that name the lock as held by bias */
