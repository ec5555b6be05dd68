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

/// Whom to wake, as waiter bits.
struct WakePlan {
    state::Word everyone = 0;    ///< classes that only look: all of their sleepers
    state::Word first = 0;       ///< the class that gets the chance to take the lock
    state::Word second = 0;      ///< gets it if nobody of the first was asleep
    bool first_in_part = false;  ///< wakes some of the first only, who wake the rest
};

/// Shared waiters are woken all at once while they are few. Of many, a release
/// wakes so many, and each of them that gets in wakes as many more: a release
/// costs the same however many sleep.
inline constexpr std::uint32_t kSharedBatch = 8;

/// Who comes first when both shared and exclusive waiters could go on.
enum class Turn : std::uint8_t { shared, exclusive };

/// Shared waiters go together, of the exclusive ones one goes at a time.
constexpr WakePlan plan_wakes(state::Word wakeable_bits, Turn turn) {
    using namespace state;
    WakePlan plan{.everyone = wakeable_bits & (kWaitVariable | kWaitUntilFree)};
    if ((wakeable_bits & kWaitHungry) != 0) {
        plan.first = kWaitHungry;
        return plan;
    }
    const Word shared = wakeable_bits & kWaitShared;
    const Word exclusive = wakeable_bits & kWaitExclusive;
    const bool exclusive_first = exclusive != 0 && (turn == Turn::exclusive || shared == 0);
    plan.first = exclusive_first ? exclusive : shared;
    plan.second = exclusive_first ? shared : exclusive;
    return plan;
}

/// The word that a release with this plan leaves behind, from the word that it
/// would leave if it woke nobody.
constexpr state::Word woken_word(state::Word after, const WakePlan& plan) {
    using namespace state;
    // Only where the wake falls through to the other class: WAKING for nobody
    // would keep a sleeper of that one from its wake.
    const bool taker = is_free(after) && (plan.first & (kWaitShared | kWaitExclusive)) != 0;
    return (after & ~(plan.everyone | plan.first)) | (taker ? kWaking : 0);
}

/// Takes `unit` (Backend::unit_of(), or 0) off the word and wakes whom that lets
/// go on. With unit 0, called by a backend inside an acquire of this lock, it
/// passes on a wake that the caller consumed without need (I3).
void release_and_wake(LockWords& lock, state::Word unit, Turn turn, const Backend& self);

/// Wakes the next batch of shared waiters, on behalf of a woken one that holds the
/// lock by now, while more than a batch are queued. That is enough: whoever was
/// woken and is not in yet is queued as well, so the first of a batch finds more
/// than a batch while anybody sleeps on, and wakes more than its own place.
void wake_more_shared(LockWords& lock, const Backend& self);

/// Whether an exclusive waiter of this lock has it handed over as a rule.
bool prefers_writers(const LockWords& lock, const Backend& self);

/// Whose turn it is after a holder of this mode: shared waiters after an
/// exclusive one and the other way round, so that neither kind shuts out the
/// other. A hand-off is followed by the next exclusive waiter, who has waited
/// long, too: shared ones would keep the lock from it. Unless it was no question
/// of time, but the tranche's policy.
Turn turn_after(Backend& self, const LockWords& lock, Mode mode);

}  // namespace lwlock::detail
