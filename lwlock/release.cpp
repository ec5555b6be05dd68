// The cold part of releasing: locks that are not the youngest held, locks with
// waiters, and disowned ones.

#include "lwlock/bias.hpp"
#include "lwlock/operations.hpp"
#include "lwlock/wake.hpp"

namespace lwlock {
namespace detail {
namespace {

// Marks the entry, releases, and takes the entry out (I6).
void release_entry(LockWords& lock, std::uint32_t index, Backend& self) {
    HeldEntry entry = HeldEntry::unpacked(self.entry(index).load_relaxed());
    if (entry.mark == Mark::biased) return release_biased(lock, index, self);
    entry.mark = Mark::releasing;
    self.entry(index).store_relaxed(entry.packed());
    atomics::compiler_barrier();
    release_and_wake(lock, self.unit_of(entry.mode), turn_after(self, lock, entry.mode), self);
    atomics::compiler_barrier();
    remove_entry(self, index);
}

// Of two releases of the same disowned holding, one fails.
bool claim_disowned(LockWords& lock, Mode mode) {
    // A shared holding has no mark of its own: the count alone can tell.
    if (mode == Mode::shared) {
        const state::Word seen = lock.state.load_relaxed();
        return !state::is_exclusive(seen) && state::shared_count(seen) != 0;
    }
    std::uint32_t disowned = 1;
    return lock.aux.cas_relaxed(disowned, 0);
}

}  // namespace

Status release_cold(LockWords& lock) {
    Backend& self = this_backend;
    const std::uint32_t index = find_held(self, &lock);
    if (index == kMaxHeldLocks) {
        // Recorded here, so that nobody above has to look at the status.
        const auto* const not_held = reinterpret_cast<const Lock*>(&lock);
        return noted(Status::not_held, "release", not_held, Mode::exclusive);
    }
    release_entry(lock, index, self);
    return Status::ok;
}

Status disown(LockWords& lock, Mode& mode) {
    Backend& self = this_backend;
    const std::uint32_t index = find_held(self, &lock);
    if (index == kMaxHeldLocks) return Status::not_held;
    const HeldEntry entry = HeldEntry::unpacked(self.entry(index).load_relaxed());
    mode = entry.mode;
    if (entry.mark == Mark::biased) {
        disown_biased(lock, index, self);
        return Status::ok;
    }
    if (mode == Mode::exclusive) {
        lock.aux.store_relaxed(1);
        // The word keeps EXCLUSIVE but no longer names this backend.
        lock.state.fetch_add_release(state::kExclusive - self.exclusive_unit);
    }
    remove_entry(self, index);
    return Status::ok;
}

Status release_disowned(LockWords& lock, Mode mode) {
    Backend& self = this_backend;
    if (self.slot == nullptr) {
        const Status status = attach_implicitly();
        if (status != Status::ok) return status;
    }
    if (!claim_disowned(lock, mode)) return Status::not_held;
    release_and_wake(lock, mode == Mode::shared ? state::kSharedOne : state::kExclusive,
                     turn_after(self, lock, mode), self);
    return Status::ok;
}

}  // namespace detail

void release_all() {
    detail::Backend& self = detail::this_backend;
    while (self.held() != 0) {
        const HeldEntry entry = HeldEntry::unpacked(self.entry(self.held() - 1).load_relaxed());
        auto* const lock = static_cast<detail::LockWords*>(address_of(entry.location, self.base));
        detail::release_entry(*lock, self.held() - 1, self);
    }
}

}  // namespace lwlock
