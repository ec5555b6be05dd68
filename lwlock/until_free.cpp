// Waiting for a lock to become free without taking it.

#include "lwlock/bias.hpp"
#include "lwlock/operations.hpp"
#include "lwlock/waiting.hpp"
#include "lwlock/wake.hpp"

namespace lwlock::detail {
namespace {

using state::Word;

// Whether the word says so for certain: biased holders are not in it.
bool is_known_free(Word word) { return state::is_free(word) && (word & state::kBiased) == 0; }

// ok: the lock is held; waited: it got free.
Status take_or_wait(LockWords& lock, Mode mode, Backend& self) {
    WaitRecord record(lock, WaitKind::until_free, self);
    const bool reentrant = is_reentrant(self, lock, mode);
    for (;;) {
        const waitqueue::Ticket ticket = waitqueue::ticket(lock.wait_seq);
        Word seen = lock.state.load_relaxed();
        const bool lockable =
            reentrant ? state::is_lockable_by_hungry(seen, mode) : state::is_lockable(seen, mode);
        if (lockable && !record.begun()) {
            if (lock.state.cas_acquire(seen, seen + self.unit_of(mode))) return Status::ok;
            continue;
        }
        if (record.begun() && (lockable || is_known_free(seen))) break;
        if (mode == Mode::shared && (seen & state::kSharedGuard) != 0) {
            return Status::too_many_shared;
        }
        if (find_held(self, &lock) != kMaxHeldLocks) return Status::self_deadlock;
        if (mode == Mode::exclusive && state::is_drainable(seen)) {
            if (drain(lock, seen, {}, record, self) != Status::ok) continue;
            if (record.begun()) {
                // Of the holders, only the biased ones have left.
                const bool free = state::is_free(lock.state.load_acquire() & ~state::kDraining);
                release_and_wake(lock, state::kDraining, Turn::exclusive, self);
                if (free) break;
                continue;
            }
            if (take_drained(lock, self)) return Status::ok;
            continue;
        }
        if ((seen & state::kWaitUntilFree) == 0 &&
            !lock.state.cas_relaxed(seen, seen | state::kWaitUntilFree)) {
            continue;
        }
        record.begin();
        const auto result = record.sleep(ticket, state::kWaitUntilFree, Deadline::never());
        // A releaser advanced the word before it woke; a stray wake did not. But who
        // gives up draining the lock wakes as well, and leaves it biased.
        if (result == waitqueue::SleepResult::woken && waitqueue::ticket(lock.wait_seq) != ticket &&
            (mode == Mode::shared || (lock.state.load_relaxed() & state::kBiased) == 0)) {
            break;
        }
    }
    // Acquire: what the last holder did is what the caller waited for.
    lock.state.load_acquire();
    return Status::waited;
}

}  // namespace

Status acquire_or_wait(LockWords& lock, Mode mode) {
    Backend& self = this_backend;
    Status status = announce(lock, mode, self);
    if (status != Status::ok) return status;
    status = take_or_wait(lock, mode, self);
    if (status == Status::ok) {
        confirm(lock, mode, self);
    } else {
        retract(self);
    }
    return status;
}

}  // namespace lwlock::detail

namespace lwlock {

bool Lock::acquire_or_wait(Mode mode) {
    const Status status = detail::acquire_or_wait(words_, mode);
    if (!succeeded(status)) detail::misused(status, "acquire_or_wait", this, mode);
    return status == Status::ok;
}

}  // namespace lwlock
