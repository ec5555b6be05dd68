// The members of Lock that are neither fast paths nor have a file of their own.

#include "lwlock/lock.hpp"

#include <initializer_list>

#include "lwlock/operations.hpp"

namespace lwlock {

Status detail::acquire_noted(const char* operation, LockWords& lock, Mode mode, Patience patience,
                             Progress progress) {
    const Status status = acquire_cold(lock, mode, patience, progress);
    return noted(status, operation, reinterpret_cast<const Lock*>(&lock), mode);
}

bool Lock::timed(Mode mode, Deadline deadline) {
    const Status status = acquire_until(mode, deadline);
    if (succeeded(status)) return true;
    if (status != Status::timed_out) detail::misused(status, "timed acquire", this, mode);
    return false;
}

Mode Lock::disown() {
    Mode mode = Mode::exclusive;
    const Status status = detail::disown(words_, mode);
    if (!succeeded(status)) detail::misused(status, "disown", this, mode);
    return mode;
}

void Lock::release_disowned(Mode mode) {
    const Status status = detail::release_disowned(words_, mode);
    if (!succeeded(status)) detail::misused(status, "release_disowned", this, mode);
}

BackendNumber Lock::exclusive_holder() const {
    const state::Word seen = words_.state.load_acquire();
    const std::uint32_t count = state::shared_count(seen);
    if (!state::is_exclusive(seen) || count == 0 || words_.aux.load_relaxed() == 1) {
        return kNoBackend;
    }
    const detail::SegmentView& space = detail::this_backend.space;
    if (space.base == nullptr) return count - 1;
    // Backends about to back out may have raised the count: the holder is the
    // first one below whose table says so. One that has just released it may
    // still be marked as releasing, so that mark comes second.
    const Location location = location_of(this, detail::this_backend.base);
    const std::uint32_t above = count < space.layout.slot_count ? count : space.layout.slot_count;
    for (const Mark mark : {Mark::held, Mark::releasing}) {
        const std::uint64_t sought = HeldEntry{location, mark, Mode::exclusive}.packed();
        for (BackendNumber candidate = above; candidate-- > 0;) {
            if (space.slots()[candidate].names(sought)) return candidate;
        }
    }
    return count - 1;
}

bool Lock::held_by_me() const {
    return detail::find_held(detail::this_backend, this) != kMaxHeldLocks;
}

bool Lock::held_by_me_in_mode(Mode mode) const {
    return detail::find_held_in_mode(detail::this_backend, this, mode) != kMaxHeldLocks;
}

}  // namespace lwlock
