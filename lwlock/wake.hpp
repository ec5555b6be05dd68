/// \file
/// Whom a release wakes: the policy as pure functions of the word, and the
/// release itself when somebody may wait. Internal to the library.
#pragma once

#include "lwlock/lock.hpp"
#include "waitqueue/eventcount.hpp"

namespace lwlock::detail {

/// Wait classes as the wait queue numbers them, from waiter bits of the word.
constexpr waitqueue::ClassSet classes_of(state::Word waiter_bits) {
    return (waiter_bits & state::kWaitMask) >> state::kWaitShift;
}
static_assert(classes_of(state::kWaitMask) <= waitqueue::kEveryClass);

/// The waiter bits whose sleepers could go on if the word were `after`.
constexpr state::Word wakeable(state::Word after) {
    using namespace state;
    if (is_exclusive(after)) return 0;
    Word classes = kWaitVariable;
    if (is_free(after)) classes |= kWaitUntilFree;
    if ((after & kHandoff) != 0) {
        // Nobody but the hungry waiter may take the lock, and it may want it
        // exclusively.
        if (is_free(after)) classes |= kWaitHungry;
    } else {
        classes |= kWaitShared;
        if (is_free(after)) classes |= kWaitExclusive;
    }
    return after & classes;
}

/// Whom to wake, as waiter bits.
struct WakePlan {
    state::Word everyone = 0;  ///< classes that only look: all of their sleepers
    state::Word first = 0;     ///< the class that gets the chance to take the lock
    state::Word second = 0;    ///< gets it if nobody of the first was asleep
};

/// Shared waiters go first after an exclusive holder, all as one batch, and an
/// exclusive one after shared holders, so that neither kind shuts out the other.
constexpr WakePlan plan_wakes(state::Word wakeable_bits, bool after_shared) {
    using namespace state;
    WakePlan plan{.everyone = wakeable_bits & (kWaitVariable | kWaitUntilFree)};
    if ((wakeable_bits & kWaitHungry) != 0) {
        plan.first = kWaitHungry;
        return plan;
    }
    const Word shared = wakeable_bits & kWaitShared;
    const Word exclusive = wakeable_bits & kWaitExclusive;
    const bool exclusive_first = exclusive != 0 && (after_shared || shared == 0);
    plan.first = exclusive_first ? exclusive : shared;
    plan.second = exclusive_first ? shared : exclusive;
    return plan;
}

/// Takes `unit` (Backend::unit_of(), or 0) off the word and wakes whom that lets
/// go on. With unit 0, called by a backend inside an acquire of this lock, it
/// passes on a wake that the caller consumed without need (I3).
void release_and_wake(LockWords& lock, state::Word unit, const Backend& self);

}  // namespace lwlock::detail
