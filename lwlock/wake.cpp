#include "lwlock/wake.hpp"

namespace lwlock::detail {
namespace {

using state::Word;

std::uint32_t sleepers_to_wake(const WakePlan& plan, Word waiter_bit) {
    if (waiter_bit != state::kWaitShared) return 1;
    // The second class keeps its bit in the word, so some of it is enough.
    const bool in_part = plan.first_in_part || waiter_bit == plan.second;
    return in_part ? kSharedBatch : atomics::kWakeAll;
}

// Called while the lock is still held.
void divide_shared(WakePlan& plan, LockWords& lock) {
    if (plan.first != state::kWaitShared) return;
    const std::uint32_t sleepers = lock.sleepers.load_relaxed();
    plan.first_in_part = sleepers > kSharedBatch;
    lock.sleepers.store_relaxed(
        plan.first_in_part ? static_cast<std::uint16_t>(sleepers - kSharedBatch) : 0);
}

// By now the lock may be somebody else's, or its memory gone: only the bare
// address of the futex word is used (I4).
// \return whether somebody who may take the lock was woken.
bool carry_out(const WakePlan& plan, const std::uint32_t* address, TrancheCounters& counters,
               atomics::Scope scope) {
    if (plan.everyone != 0) {
        waitqueue::wake(address, atomics::kWakeAll, classes_of(plan.everyone), scope);
        counters.wakes.fetch_add_relaxed(1);
    }
    for (const Word bit : {plan.first, plan.second}) {
        if (bit == 0) break;
        counters.wakes.fetch_add_relaxed(1);
        if (waitqueue::wake(address, sleepers_to_wake(plan, bit), classes_of(bit), scope) != 0) {
            return true;
        }
    }
    return false;
}

}  // namespace

// The bookkeeping must be complete before the step that releases, because the
// lock's memory may not be touched after it (I4). So the bits of all classes
// that the release could wake are cleared while the lock is still held, and
// wait_seq is advanced after that: whoever published a bit before the clearing
// holds a stale ticket now, so it is asleep already, where the wake finds it,
// or will not sleep. Whoever comes later sets a bit again, and the releasing
// step, which insists on the bits being clear, fails and clears once more.
//
// The classes that it wakes stay clear in the released word, unless they are
// woken in part; an exclusive sleeper that gets the wake sets its bit again,
// since others may sleep on (I3).
void release_and_wake(LockWords& lock, Word unit, Turn turn, const Backend& self) {
    const std::uint32_t* const address = lock.wait_seq.address();
    TrancheCounters& counters = self.space.counters(lock.tranche);
    const atomics::Scope scope = self.space.scope;

    Word cleared = 0;
    Word seen = lock.state.load_relaxed();
    for (;;) {
        const Word after = (seen - unit) | cleared;
        const Word wakes = state::wakeable(after);
        if ((seen & wakes) != 0) {
            if (lock.state.cas_relaxed(seen, seen & ~wakes)) {
                cleared |= seen & wakes;
                seen &= ~wakes;
                waitqueue::advance(lock.wait_seq);  // release: the clearing is seen with it
            }
            continue;
        }
        WakePlan plan = plan_wakes(wakes, turn);
        divide_shared(plan, lock);
        const Word wanted = woken_word(after, plan);
        if (unit == 0 && wanted == seen && wakes == 0) return;
        if (lock.state.cas_release(seen, wanted)) {
            const bool woken = carry_out(plan, address, counters, scope);
            // Whoever has released nothing can still say that nobody is on the way.
            if (unit == 0 && !woken && (wanted & state::kWaking) != 0 &&
                (plan.first & (state::kWaitShared | state::kWaitExclusive)) != 0) {
                lock.state.fetch_and_relaxed(~state::kWaking);
            }
            return;
        }
    }
}

Turn turn_after(Backend& self, const LockWords& lock, Mode mode) {
    const bool handed_over = self.handed_over == location_of(&lock, self.base);
    if (handed_over) self.handed_over = kNowhere;
    return mode == Mode::shared || handed_over ? Turn::exclusive : Turn::shared;
}

}  // namespace lwlock::detail
