#include "lwlock/waiting.hpp"

#include "lwlock/probes.hpp"
#include "lwlock/wake.hpp"

namespace lwlock::detail {

void WaitRecord::begin() {
    if (begun()) return;
    since_ = atomics::monotonic_now();
    Slot& slot = *self_.slot;
    slot.wait_location.store_relaxed(static_cast<std::uint64_t>(location_of(&lock_, self_.base)));
    slot.wait_since.store_relaxed(static_cast<std::uint64_t>(since_));
    slot.wait_kind.store_seq_cst(static_cast<std::uint32_t>(kind_));  // A: matches cancel_wait()
    notify_wait_start(event());
    probe_wait_start(lock_, kind_, self_.number);
}

void WaitRecord::end() {
    if (!begun()) return;
    notify_wait_done(event());
    const auto slept = static_cast<std::uint64_t>(atomics::monotonic_now() - since_);
    since_ = 0;
    probe_wait_done(lock_, kind_, self_.number, slept);

    Slot& slot = *self_.slot;
    slot.wait_kind.store_relaxed(static_cast<std::uint32_t>(WaitKind::none));
    slot.waits.store_relaxed(slot.waits.load_relaxed() + 1);
    slot.wait_nanoseconds.store_relaxed(slot.wait_nanoseconds.load_relaxed() + slept);

    TrancheCounters& counters = self_.space.counters(lock_.tranche);
    if (kind_ == WaitKind::shared) counters.shared_blocks.fetch_add_relaxed(1);
    if (kind_ == WaitKind::exclusive) counters.exclusive_blocks.fetch_add_relaxed(1);
    counters.wait_nanoseconds.fetch_add_relaxed(slept);
}

waitqueue::SleepResult WaitRecord::sleep(waitqueue::Ticket ticket, state::Word waiter_bit,
                                         Deadline deadline, bool cancellable) {
    const std::uint32_t bits =
        classes_of(waiter_bit) | (cancellable ? waitqueue::backend_bit(self_.number) : 0);
    return waitqueue::sleep(lock_.wait_seq, ticket, bits, deadline, self_.space.scope);
}

WaitEvent WaitRecord::event() const {
    return {.lock = reinterpret_cast<const Lock*>(&lock_),
            .kind = kind_,
            .backend = self_.number,
            .since = static_cast<std::uint64_t>(since_)};
}

Status announce(LockWords& lock, Mode mode, Backend& self) {
    if (self.slot == nullptr) {
        const Status status = attach_implicitly();
        if (status != Status::ok) return status;
    }
    if (self.next == self.limit && !self.raise_watermark()) return Status::too_many_held;
    const HeldEntry entry{location_of(&lock, self.base), Mark::acquiring, mode};
    self.next->store_relaxed(entry.packed());
    atomics::compiler_barrier();
    return Status::ok;
}

void retract(Backend& self) {
    atomics::compiler_barrier();
    self.next->store_relaxed(0);
}

void confirm(LockWords& lock, Mode mode, Backend& self) {
    atomics::compiler_barrier();
    const HeldEntry entry{location_of(&lock, self.base), Mark::held, mode};
    self.next->store_relaxed(entry.packed());
    ++self.next;
    self.youngest = entry.packed();
    if (mode == Mode::exclusive && --self.writes_until_look == 0) weigh_writes(lock, self);
}

Status end_of_patience(const Patience& patience, Backend& self) {
    if (patience.abandoned != nullptr && *patience.abandoned) return Status::canceled;
    if (patience.cancellable && self.slot->cancel.load_seq_cst() != 0) {  // A
        self.slot->cancel.store_relaxed(0);
        return Status::canceled;
    }
    return patience.deadline.has_passed() ? Status::timed_out : Status::ok;
}

bool is_reentrant(const Backend& self, const LockWords& lock, Mode mode) {
    return mode == Mode::shared && find_held_in_mode(self, &lock, Mode::shared) != kMaxHeldLocks;
}

bool settle_count(LockWords& lock, const Backend& self) {
    // While the count includes this backend, nobody can get the lock
    // exclusively: once the word looks lockable, the lock is held shared.
    // Acquire: the release that made it so.
    if (state::is_lockable(lock.state.load_acquire(), Mode::shared)) return true;
    release_and_wake(lock, state::kSharedOne, Turn::exclusive, self);
    return false;
}

}  // namespace lwlock::detail
