/// \file
/// What an operation can answer: modes, statuses, and their names.
#pragma once

#include <cstdint>

namespace lwlock {

/// How a lock is held.
enum class Mode : std::uint8_t {
    exclusive = 0,  ///< excludes every other holder
    shared = 1,     ///< shared with other shared holders
};

/// The outcome of an operation that has one. Negative values mean that the
/// operation did not do its work, and that the lock and the backend are as
/// before. The C API returns the same numbers.
enum class Status : std::int32_t {
    ok = 0,      ///< done, without waiting
    waited = 1,  ///< done, after waiting

    busy = -1,       ///< a conditional acquire found the lock taken
    timed_out = -2,  ///< the deadline passed first
    canceled = -3,   ///< the wait was cancelled from outside

    not_held = -10,          ///< releasing a lock that this backend does not hold
    too_many_held = -11,     ///< the backend holds kMaxHeldLocks locks already
    self_deadlock = -12,     ///< waiting would be for oneself
    not_attached = -13,      ///< the thread has no backend slot and may not take one by itself
    no_free_slot = -14,      ///< every backend slot of the space is taken
    too_many_shared = -15,   ///< the shared count is full: a lock taken over and over by mistake
    not_exclusive = -16,     ///< needs the lock held exclusively by this backend
    holds_locks = -17,       ///< detaching while locks are held or requested
    already_attached = -18,  ///< the thread is a backend already
    too_many_pending = -19,  ///< an AsyncQueue waits for as many locks as it can

    bad_segment = -30,      ///< not a lock space: wrong magic, or too small
    bad_version = -31,      ///< a lock space of another version or layout
    damaged_segment = -32,  ///< a lock space whose header contradicts itself
    system_error = -33,     ///< a system call failed; errno says how
    bad_argument = -34,     ///< an argument outside what the function takes
    no_huge_pages = -35,    ///< too few huge pages are reserved

    duplicate_name = -40,      ///< the tranche name is taken
    bad_name = -41,            ///< empty, or longer than kMaxTrancheName
    no_tranche = -42,          ///< no tranche of that name or id
    tranches_exhausted = -43,  ///< every tranche id is taken
    no_lock_room = -44,        ///< the space has no room for so many more locks
};

/// True when the operation did its work (ok or waited).
constexpr bool succeeded(Status status) { return static_cast<std::int32_t>(status) >= 0; }

/// A short lower-case name such as "exclusive"; never null.
const char* name_of(Mode mode);
/// One sentence for a person; never null.
const char* describe(Status status);

}  // namespace lwlock
