// The cold part of an acquisition: everything but taking a free lock.

#include "atomics/spin.hpp"
#include "lwlock/bias.hpp"
#include "lwlock/crowding.hpp"
#include "lwlock/lock.hpp"
#include "lwlock/probes.hpp"
#include "lwlock/waiting.hpp"
#include "lwlock/wake.hpp"

namespace lwlock::detail {
namespace {

using state::Word;
using waitqueue::SleepResult;

// A waiter becomes hungry, and has the lock handed to it, after so many wakes
// that ended with somebody else having the lock, or after so long a time.
constexpr std::uint32_t kMaxPassedOver = 16;
constexpr std::int64_t kPatience = 10'000'000;  // nanoseconds

// Looks at the word, a pause apart, before a waiter sleeps: most critical sections
// are shorter than a sleep. One that was just woken has paid for its CPU and looks
// longer, or it would have come in vain.
constexpr int kLooksBeforeSleep = 6;
constexpr int kLooksOfWoken = 12;

// How long a waiter sleeps while another is said to be on its way to the lock
// (state::kWaking), before it looks whether that is so. A short nap where the
// waiter itself may be meant, since its own ticket became stale.
constexpr std::int64_t kNap = 1'000'000;    // nanoseconds
constexpr std::int64_t kShortNap = 50'000;  // nanoseconds
constexpr std::uint32_t kMaxLateNaps = 4;

// A nap that ends this late says that everybody waits for a CPU.
constexpr std::int64_t kLate = 500'000;  // nanoseconds
constexpr int kMaxDoublings = 6;

// A cancellation whose wake comes between a waiter's last look and its sleep is
// not lost, only late: the waiter looks again after this time.
constexpr std::int64_t kCancelPoll = 100'000'000;  // nanoseconds

class Acquisition {
  public:
    Acquisition(LockWords& lock, Mode mode, Patience patience, Backend& self)
        : lock_(lock),
          mode_(mode),
          patience_(patience),
          self_(self),
          record_(lock, mode == Mode::shared ? WaitKind::shared : WaitKind::exclusive, self) {}

    Status run() {
        inspect_own_locks();
        return wait();
    }

  private:
    TrancheCounters& counters() { return self_.space.counters(lock_.tranche); }

    Word class_bit() const {
        return mode_ == Mode::shared ? state::kWaitShared : state::kWaitExclusive;
    }

    // HANDOFF keeps everybody out but its owner, and a backend that holds the
    // lock shared already: the hungry waiter waits for that one.
    bool lockable(Word word) const {
        return hungry_ || reentrant_ ? state::is_lockable_by_hungry(word, mode_)
                                     : state::is_lockable(word, mode_);
    }

    // What a waiter that consumed a wake has to put right in its next step: the
    // next release may wake again, and others of its class may sleep on (I3).
    // A shared one that gets in sees to those itself: see acquired().
    Word settled(Word word, bool gets_in) const {
        if (!on_its_way_) return word;
        word &= ~state::kWaking;
        if (mode_ == Mode::shared && gets_in) return word;
        const bool others = lock_.waiters.load_relaxed() > (queued_ ? 1u : 0u);
        return others ? word | class_bit() : word;
    }

    // Being counted before the bit is set and the sleep begins, and until the
    // wait is over: a releaser that counts nobody after advancing wait_seq need
    // not wake, whatever the bits say. Seq_cst: pairs with release_and_wake().
    // More than the counter takes do not rely on wakes: they nap.
    void enter_queue() {
        if (queued_ || uncounted_) return;
        std::uint16_t count = lock_.waiters.load_relaxed();
        while (count != UINT16_MAX && !queued_) {
            queued_ = lock_.waiters.cas_seq_cst(count, static_cast<std::uint16_t>(count + 1));
        }
        uncounted_ = !queued_;
    }

    // The last one out leaves no WAKING behind for nobody. Returns how many were
    // queued, this backend included.
    std::uint32_t leave_queue() {
        if (!queued_) return lock_.waiters.load_relaxed();
        queued_ = false;
        const std::uint32_t before = lock_.waiters.fetch_add_seq_cst(UINT16_MAX);
        if (before == 1 && (lock_.state.load_relaxed() & state::kWaking) != 0) {
            lock_.state.fetch_and_relaxed(~state::kWaking);
        }
        return before;
    }

    // The word with this backend holding the lock.
    Word taken(Word word) const {
        word = settled(word + self_.unit_of(mode_), true);
        if (stale_) word &= ~state::kWaking;  // this one may have been meant
        return hungry_ ? word & ~(state::kHandoff | state::kWaitHungry) : word;
    }

    void inspect_own_locks() {
        reentrant_ = is_reentrant(self_, lock_, mode_);
        self_deadlock_ = !reentrant_ && find_held(self_, &lock_) != kMaxHeldLocks;
    }

    Status wait() {
        for (;;) {
            // The ticket first, then the look at the word: see eventcount.hpp.
            const waitqueue::Ticket ticket = waitqueue::ticket(lock_.wait_seq);
            Word seen = lock_.state.load_relaxed();
            if (lockable(seen)) {
                if (!lock_.state.cas_acquire(seen, taken(seen))) continue;
                return acquired();
            }
            const bool drains = may_drain(seen);
            if (drains && (hungry_ || !is_overdue(seen))) {
                const Status drained = drain(lock_, seen, patience_, record_, self_);
                if (drained == Status::busy) continue;
                if (drained != Status::ok) return give_up(drained);
                if (take_drained()) return acquired();
                ++passed_over_;
                continue;
            }
            const Status end = reason_to_give_up(seen);
            if (end != Status::ok) return give_up(end);
            if (!drains && spins(seen)) continue;
            if (!publish(seen)) continue;
            // Hungry now, it drains once more, and nobody gives the bias back.
            if (!drains) sleep(ticket);
        }
    }

    Status acquired() {
        const std::uint32_t queued = leave_queue();
        probe_acquired(lock_, mode_, self_.number, hungry_);
        if (spun_ > 0 && !record_.begun()) counters().spin_acquisitions.fetch_add_relaxed(1);
        if (hungry_) {
            counters().handoffs.fetch_add_relaxed(1);
            self_.handed_over = location_of(&lock_, self_.base);
        }
        // Other shared waiters may come in now: those that HANDOFF kept out, and
        // the next few of those that slept with this one.
        if (mode_ == Mode::shared && hungry_) release_and_wake(lock_, 0, Turn::shared, self_);
        // One that is not counted cannot tell how many sleep.
        if (mode_ == Mode::shared && on_its_way_ && (queued > kSharedBatch || uncounted_)) {
            wake_more_shared(lock_, self_);
        }
        return record_.begun() ? Status::waited : Status::ok;
    }

    Status reason_to_give_up(Word seen) {
        if (self_deadlock_) return Status::self_deadlock;
        if (mode_ == Mode::shared && (seen & state::kSharedGuard) != 0) {
            return Status::too_many_shared;
        }
        return end_of_patience(patience_, self_);
    }

    Status give_up(Status reason) {
        probe_given_up(lock_, mode_, self_.number, reason);
        if (reason == Status::canceled) counters().cancellations.fetch_add_relaxed(1);
        if (reason == Status::timed_out) counters().timeouts.fetch_add_relaxed(1);
        withdraw();
        return reason;
    }

    // Whether biased readers are all that keeps this backend from the lock.
    bool may_drain(Word seen) const {
        return mode_ == Mode::exclusive && !self_deadlock_ &&
               state::is_drainable(hungry_ ? seen & ~state::kHandoff : seen);
    }

    bool take_drained() {
        return detail::take_drained(
            lock_, self_, [&](Word word) { return lockable(word); },
            [&](Word word) { return taken(word); });
    }

    // Whether to look once more before going to sleep. Not where one CPU has to run
    // the holder, too, and not where the lock is to be handed over.
    bool spins(Word seen) {
        if (spun_ >= (on_its_way_ ? kLooksOfWoken : kLooksBeforeSleep)) return false;
        if ((seen & state::kHandoff) != 0 || is_overdue(seen)) return false;
        if (!atomics::spinning_can_pay()) return false;
        ++spun_;
        atomics::spin_pause();
        return true;
    }

    // Sets, in the step that finds the lock still busy, the bit under which
    // this backend is going to sleep (I2).
    bool publish(Word seen) {
        enter_queue();
        const bool becomes_hungry = !hungry_ && is_overdue(seen) && (seen & state::kHandoff) == 0;
        Word wanted = settled(seen, false);
        if (hungry_ || becomes_hungry) {
            wanted |= state::kHandoff | state::kWaitHungry;
        } else {
            wanted |= class_bit();
        }
        if (wanted != seen && !lock_.state.cas_relaxed(seen, wanted)) return false;
        if (on_its_way_) ++passed_over_;
        on_its_way_ = false;
        hungry_ = hungry_ || becomes_hungry;
        published_ = wanted;
        return true;
    }

    // A preferred writer does not wait for its time where readers hold the lock; a
    // lock that writers pass to each other is better left to who comes first.
    bool is_overdue(Word seen) const {
        return (preferred_ && !state::is_exclusive(seen)) ||
               passed_over_ >= kMaxPassedOver * crowding_ ||
               (record_.begun() &&
                atomics::monotonic_now() - record_.since() >= kPatience * crowding_);
    }

    void sleep(waitqueue::Ticket ticket) {
        spun_ = 0;
        const bool first = !record_.begun();
        record_.begin();
        // A: a cancellation that did not see the wait in the slot is seen here.
        if (first && patience_.cancellable && self_.slot->cancel.load_seq_cst() != 0) return;
        const bool naps = uncounted_ || (!hungry_ && (published_ & state::kWaking) != 0);
        const Deadline look = next_look(naps);
        const SleepResult result =
            record_.sleep(ticket, hungry_ ? state::kWaitHungry : class_bit(),
                          earlier(look, patience_.deadline), patience_.cancellable);
        stale_ = result == SleepResult::stale;
        on_its_way_ = !hungry_ && result == SleepResult::woken;
        if (result != SleepResult::no_wake) return;

        const std::int64_t lateness = atomics::monotonic_now() - look.nanoseconds();
        // Nobody who was on the way has arrived: then nobody was, unless all are
        // late, and this waiter stands in.
        if (naps && waitqueue::ticket(lock_.wait_seq) == ticket) {
            on_its_way_ = !hungry_ && (lateness <= kLate || ++late_naps_ >= kMaxLateNaps);
        }
    }

    Deadline next_look(bool naps) {
        if (naps) return Deadline::after((stale_ ? kShortNap : kNap) << late_naps_);
        std::int64_t time = (kPatience * crowding_) << looks_;
        if (looks_ < kMaxDoublings) ++looks_;
        if (patience_.cancellable && time > kCancelPoll) time = kCancelPoll;
        return Deadline::after(time);
    }

    // Leaves without the lock: nothing of this waiter stays in the word, and a
    // wake that was meant for it goes to the next (I3, I5).
    void withdraw() {
        if (published_ == 0) {
            leave_queue();
            return;
        }
        Word seen = lock_.state.load_relaxed();
        for (;;) {
            Word wanted = settled(seen, false);
            if (hungry_) wanted &= ~(state::kHandoff | state::kWaitHungry);
            if (wanted == seen || lock_.state.cas_relaxed(seen, wanted)) break;
        }
        leave_queue();
        release_and_wake(lock_, 0, turn_after(self_, lock_, mode_), self_);
    }

    LockWords& lock_;
    const Mode mode_;
    const Patience patience_;
    Backend& self_;
    WaitRecord record_;
    const std::uint32_t crowding_ = crowding(self_);
    const bool preferred_ = mode_ == Mode::exclusive && prefers_writers(lock_, self_);
    Word published_ = 0;  // the word as this waiter left it when it last went to sleep
    std::uint32_t passed_over_ = 0;
    std::uint32_t late_naps_ = 0;
    int looks_ = 0;  // without a wake
    int spun_ = 0;   // looks since it slept last, or ever
    bool self_deadlock_ = false;
    bool reentrant_ = false;
    bool hungry_ = false;
    bool queued_ = false;      // counted in lock_.waiters
    bool uncounted_ = false;   // waits, but there was no room in the counter
    bool on_its_way_ = false;  // consumed a wake, or stands in for who did not
    bool stale_ = false;       // its last ticket was stale: a wake may have been for it
};

// Takes a lock that is biased if no biased reader has it at the moment.
bool try_take_biased(LockWords& lock, Word seen, Backend& self) {
    if (!state::is_drainable(seen)) return false;
    if (seems_held_by_bias(lock, self)) return false;
    WaitRecord record(lock, WaitKind::exclusive, self);
    const Patience none{.deadline = Deadline::at(0)};
    return drain(lock, seen, none, record, self) == Status::ok && take_drained(lock, self);
}

}  // namespace

Status acquire_cold(LockWords& lock, Mode mode, Patience patience, Progress progress) {
    Backend& self = this_backend;
    if (progress == Progress::nothing) {
        const Status status = announce(lock, mode, self);
        if (status != Status::ok) return status;
    }
    Status status = Status::ok;
    if (progress != Progress::counted || !settle_count(lock, self)) {
        status = Acquisition(lock, mode, patience, self).run();
    }
    if (succeeded(status)) {
        confirm(lock, mode, self);
    } else {
        retract(self);
    }
    return status;
}

Status try_acquire_cold(LockWords& lock, Mode mode, Progress progress) {
    Backend& self = this_backend;
    if (progress == Progress::nothing) {
        const Status status = announce(lock, mode, self);
        if (status != Status::ok) return status;
    }
    bool taken = progress == Progress::counted && settle_count(lock, self);
    if (progress != Progress::counted) {
        Word seen = lock.state.load_relaxed();
        while (!taken && state::is_lockable(seen, mode)) {
            taken = lock.state.cas_acquire(seen, seen + self.unit_of(mode));
        }
        if (!taken && mode == Mode::exclusive) taken = try_take_biased(lock, seen, self);
    }
    if (!taken) {
        retract(self);
        return Status::busy;
    }
    confirm(lock, mode, self);
    return Status::ok;
}

}  // namespace lwlock::detail
