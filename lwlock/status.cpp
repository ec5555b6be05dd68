#include "lwlock/status.hpp"

namespace lwlock {

const char* name_of(Mode mode) { return mode == Mode::shared ? "shared" : "exclusive"; }

const char* describe(Status status) {
    switch (status) {
        case Status::ok: return "done";
        case Status::waited: return "done, after waiting";
        case Status::busy: return "the lock is taken; try again or wait for it";
        case Status::timed_out: return "the deadline passed before the lock was free";
        case Status::canceled: return "the wait was cancelled";
        case Status::not_held:
            return "the backend does not hold the lock; release only what was acquired";
        case Status::too_many_held:
            return "the backend holds 200 locks already; release some first";
        case Status::self_deadlock:
            return "the backend holds the lock itself and would wait for ever; release it first";
        case Status::not_attached:
            return "the thread is not a backend; attach it to the process's lock space first";
        case Status::no_free_slot:
            return "every backend slot of the lock space is taken; create it with more";
        case Status::too_many_shared:
            return "the lock is held shared half a million times; look for a missing release";
        case Status::not_exclusive:
            return "the backend does not hold the lock exclusively; acquire it so first";
        case Status::holds_locks:
            return "the backend still holds locks or has requested some; release or cancel first";
        case Status::already_attached: return "the thread is a backend already; detach it first";
        case Status::too_many_pending:
            return "the queue waits for as many locks as it can; create it for more";
        case Status::bad_segment: return "the memory is not a lock space";
        case Status::bad_version:
            return "the lock space was made by another version of the library; rebuild both alike";
        case Status::damaged_segment: return "the lock space is damaged; create a new one";
        case Status::system_error: return "a system call failed; see errno";
        case Status::bad_argument: return "an argument is out of range";
        case Status::no_huge_pages:
            return "too few huge pages are reserved; raise vm.nr_hugepages, or use standard pages";
        case Status::duplicate_name: return "the tranche name or id is taken; choose another";
        case Status::bad_name: return "a tranche name has 1 to 63 bytes";
        case Status::no_tranche: return "no such tranche is defined";
        case Status::tranches_exhausted: return "every tranche id is taken";
        case Status::no_lock_room:
            return "the lock space has no room for so many locks; create it with more";
    }
    return "unknown status";
}

}  // namespace lwlock
