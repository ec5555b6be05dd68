// The members of Lock that are neither fast paths nor have a file of their own.

#include "lwlock/lock.hpp"

#include "lwlock/operations.hpp"

namespace lwlock {

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

bool Lock::held_by_me() const {
    return detail::find_held(detail::this_backend, this) != kMaxHeldLocks;
}

bool Lock::held_by_me_in_mode(Mode mode) const {
    return detail::find_held_in_mode(detail::this_backend, this, mode) != kMaxHeldLocks;
}

}  // namespace lwlock
