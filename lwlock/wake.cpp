#include "lwlock/wake.hpp"

namespace lwlock::detail {
namespace {

using state::Word;

// Bits of those who are counted in LockWords::waiters.
constexpr Word kTakers = state::kWaitShared | state::kWaitExclusive | state::kWaitHungry;

std::uint32_t sleepers_to_wake(const WakePlan& plan, Word waiter_bit) {
    if (waiter_bit != state::kWaitShared) return 1;
    // The second class keeps its bit in the word, so some of it is enough.
    const bool in_part = plan.first_in_part || waiter_bit == plan.second;
    return in_part ? kSharedBatch : atomics::kWakeAll;
}

// By now the lock may be somebody else's, or its memory gone: only the bare
// address of the futex word is used (I4).
void carry_out(const WakePlan& plan, const std::uint32_t* address, TrancheCounters& counters,
               atomics::Scope scope) {
    if (plan.everyone != 0) {
        waitqueue::wake(address, atomics::kWakeAll, classes_of(plan.everyone), scope);
        counters.wakes.fetch_add_relaxed(1);
    }
    for (const Word bit : {plan.first, plan.second}) {
        if (bit == 0) break;
        counters.wakes.fetch_add_relaxed(1);
        if (waitqueue::wake(address, sleepers_to_wake(plan, bit), classes_of(bit), scope) != 0) {
            break;
        }
    }
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
// The classes that it wakes stay clear in the released word. An exclusive sleeper
// that gets the wake sets its bit again while others are queued, a shared one that
// gets in wakes the next (I3). Bits that nobody in the queue can mean are
// dropped with no system call.
void release_and_wake(LockWords& lock, Word unit, Turn turn, const Backend& self) {
    const std::uint32_t* const address = lock.wait_seq.address();
    TrancheCounters& counters = self.space.counters(lock.tranche);
    const atomics::Scope scope = self.space.scope;

    Word cleared = 0;
    Word seen = lock.state.load_relaxed();
    for (;;) {
        Word after = (seen - unit) | cleared;
        // The hungry waiter may have gone since its bit was cleared.
        if ((after & state::kHandoff) == 0) after &= ~state::kWaitHungry;
        // Somebody else's WAKING does not answer for those whose bits were cleared here:
        // that one's wake may have come when they were not asleep, or of another class.
        const Word wakes =
            state::wakeable((cleared & kTakers) != 0 ? after & ~state::kWaking : after);
        if ((seen & wakes) != 0) {
            if (lock.state.cas_relaxed(seen, seen & ~wakes)) {
                cleared |= seen & wakes;
                seen &= ~wakes;
                waitqueue::advance(lock.wait_seq);
            }
            continue;
        }
        WakePlan plan = plan_wakes(wakes, turn);
        if ((wakes & kTakers) != 0) {
            const std::uint32_t waiters = lock.waiters.load_seq_cst();  // matches enter_queue()
            if (waiters == 0) {                                         // the bits are left over
                // Others that are set a new waiter may have found and left as they are.
                after &= ~(wakes & kTakers);
                plan = {.everyone = plan.everyone};
            }
            plan.first_in_part = plan.first == state::kWaitShared && waiters > kSharedBatch;
        }
        const Word wanted = woken_word(after, plan);
        if (unit == 0 && wanted == seen && wakes == 0) return;
        if (lock.state.cas_release(seen, wanted)) {
            carry_out(plan, address, counters, scope);
            return;
        }
    }
}

void wake_more_shared(LockWords& lock, const Backend& self) {
    self.space.counters(lock.tranche).wakes.fetch_add_relaxed(1);
    waitqueue::wake(lock.wait_seq.address(), kSharedBatch, classes_of(state::kWaitShared),
                    self.space.scope);
}

bool prefers_writers(const LockWords& lock, const Backend& self) {
    return self.space.policy(lock.tranche).preference == Preference::writers;
}

Turn turn_after(Backend& self, const LockWords& lock, Mode mode) {
    const bool handed_over = self.handed_over == location_of(&lock, self.base);
    if (handed_over) self.handed_over = kNowhere;
    if (mode == Mode::shared) return Turn::exclusive;
    return handed_over && !prefers_writers(lock, self) ? Turn::exclusive : Turn::shared;
}

}  // namespace lwlock::detail
