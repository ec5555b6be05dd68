// Looking at the backends of a space from outside, and ending their waits.

#include <unistd.h>

#include "lwlock/lock.hpp"
#include "lwlock/space.hpp"
#include "waitqueue/eventcount.hpp"

namespace lwlock {

std::uint32_t LockSpace::backends_ever_used() const { return view_.slots_in_use(); }

bool LockSpace::report(BackendNumber backend, BackendReport& out) const {
    if (backend >= backends()) return false;
    const Slot& slot = view_.slots()[backend];
    // The kind first: it is written last.
    const std::uint32_t kind = slot.wait_kind.load_acquire();
    out = {.process = slot.process.load_acquire(),
           .thread = slot.thread.load_relaxed(),
           .waiting = kind <= static_cast<std::uint32_t>(WaitKind::variable)
                          ? static_cast<WaitKind>(kind)
                          : WaitKind::none,
           .wait_location = static_cast<Location>(slot.wait_location.load_relaxed()),
           .wait_since = slot.wait_since.load_relaxed(),
           .waits = slot.waits.load_relaxed(),
           .wait_nanoseconds = slot.wait_nanoseconds.load_relaxed(),
           .held_count = 0,
           .held = {}};
    for (const detail::Atomic64& word : slot.held.entries) {
        const HeldEntry entry = HeldEntry::unpacked(word.load_relaxed());
        if (entry.mark != Mark::none) out.held[out.held_count++] = entry;
    }
    return true;
}

Lock* LockSpace::lock_at(Location location) const {
    return static_cast<Lock*>(view_.lock_at(location));
}

Status LockSpace::cancel_wait(BackendNumber backend) const {
    if (backend >= backends()) {
        detail::Reason reason;
        reason.say("backend %u of %u", backend, backends());
        return detail::noted(Status::bad_argument, "cancel_wait", "", reason);
    }
    Slot& slot = view_.slots()[backend];
    slot.cancel.store_seq_cst(1);
    // A: matches WaitRecord::begin(): either the wait is seen here, or the waiter
    // sees the cancellation before it sleeps.
    if (slot.wait_kind.load_seq_cst() == static_cast<std::uint32_t>(WaitKind::none)) {
        return Status::ok;
    }
    const auto location = static_cast<Location>(slot.wait_location.load_relaxed());
    const bool own_process = slot.process.load_relaxed() == static_cast<std::uint32_t>(getpid());
    void* lock = view_.lock_at(location);
    // A damaged slot may name any place; where no memory is, the wake finds nobody.
    const bool aligned = static_cast<std::uint64_t>(location) % alignof(detail::LockWords) == 0;
    if (lock == nullptr && own_process && aligned) {
        lock = address_of(location, reinterpret_cast<std::uintptr_t>(view_.base));
    }
    // A lock outside the segment cannot be reached from another process; its
    // waiter finds the cancellation when it next looks by itself.
    if (lock != nullptr) {
        waitqueue::wake_backend(static_cast<detail::LockWords*>(lock)->wait_seq.address(), backend,
                                view_.scope);
    }
    return Status::ok;
}

}  // namespace lwlock
