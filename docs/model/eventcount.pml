/* Sleeping and waking: waitqueue/eventcount.hpp, and the kernel's futex under it.

   The word wait_seq only counts up, and is only compared with tickets. The model
   keeps the outcome of the comparison instead: who has a ticket that no advance()
   has made stale. This is exact, and finite. */

byte tickets;     /* backends whose ticket equals wait_seq */
byte sleepers[5]; /* who sleeps, by class, in the order of the waiter bits */

/* The same of the drain_seq of the slots; at most one backend drains at a time. */
byte drain_ticket; /* the slot whose drain_seq the drainer has a ticket of */
byte drain_asleep; /* the slot whose drain_seq the drainer sleeps on */

#define INDEX(bit) \
    ((bit) == WAIT_SHARED -> 0 : ((bit) == WAIT_EXCLUSIVE -> 1 : \
        ((bit) == WAIT_UNTIL_FREE -> 2 : ((bit) == WAIT_VARIABLE -> 3 : 4))))
#define ASLEEP (sleepers[0] | sleepers[1] | sleepers[2] | sleepers[3] | sleepers[4])

#define ticket() tickets = tickets | ME
#define has_ticket ((tickets & ME) != 0)
#define drop_ticket() tickets = tickets & ~ME
#define advance() tickets = 0

/* All of several classes. */
inline wake_all(classes) {
    if :: ((classes) & WAIT_HUNGRY) != 0 -> sleepers[INDEX(WAIT_HUNGRY)] = 0 :: else fi;
    if :: ((classes) & WAIT_UNTIL_FREE) != 0 -> sleepers[INDEX(WAIT_UNTIL_FREE)] = 0 :: else fi;
    if :: ((classes) & WAIT_VARIABLE) != 0 -> sleepers[INDEX(WAIT_VARIABLE)] = 0 :: else fi
}

/* Up to so many of them, whichever; the kernel takes those that came first. */
inline wake_some(class, most) {
    count = 0;
    do
    :: count == most || sleepers[INDEX(class)] == 0 -> break
    :: else ->
        if
        :: (sleepers[INDEX(class)] & 1) != 0 -> one = 1
        :: (sleepers[INDEX(class)] & 2) != 0 -> one = 2
        :: (sleepers[INDEX(class)] & 4) != 0 -> one = 4
        :: (sleepers[INDEX(class)] & 8) != 0 -> one = 8
        :: (sleepers[INDEX(class)] & 16) != 0 -> one = 16
        fi;
        sleepers[INDEX(class)] = sleepers[INDEX(class)] & ~one;
        count++
    od
}

/* futex_wait: the kernel compares and queues in one step. */
#define fall_asleep(class) sleepers[INDEX(class)] = sleepers[INDEX(class)] | ME
#define is_asleep(class) ((sleepers[INDEX(class)] & ME) != 0)
#define stop_sleeping(class) sleepers[INDEX(class)] = sleepers[INDEX(class)] & ~ME
