/// \file
/// Static probes (USDT) on the slow paths, for bpftrace, SystemTap, perf and gdb:
/// provider `lwlock`, listed in docs/api.md. A probe that nobody traces is one
/// instruction that does nothing. Without LWLOCK_PROBES there are none. Internal
/// to the library. PostgreSQL has such probes in its LWLocks.
#pragma once

#include "lwlock/lock.hpp"

#ifdef LWLOCK_PROBES
#include <sys/sdt.h>
#define LWLOCK_PROBE4(name, ...) STAP_PROBE4(lwlock, name, __VA_ARGS__)
#define LWLOCK_PROBE5(name, ...) STAP_PROBE5(lwlock, name, __VA_ARGS__)
#else
#define LWLOCK_PROBE4(...) static_cast<void>(0)
#define LWLOCK_PROBE5(...) static_cast<void>(0)
#endif

namespace lwlock::detail {

/// A backend goes to sleep for the first time in a wait.
inline void probe_wait_start([[maybe_unused]] const LockWords& lock, [[maybe_unused]] WaitKind kind,
                             [[maybe_unused]] BackendNumber backend) {
    LWLOCK_PROBE4(wait_start, &lock, lock.tranche, static_cast<int>(kind), backend);
}

/// The wait is over, usually with the lock held.
inline void probe_wait_done([[maybe_unused]] const LockWords& lock, [[maybe_unused]] WaitKind kind,
                            [[maybe_unused]] BackendNumber backend,
                            [[maybe_unused]] std::uint64_t nanoseconds) {
    LWLOCK_PROBE5(wait_done, &lock, lock.tranche, static_cast<int>(kind), backend, nanoseconds);
}

/// An acquisition ended that found the lock taken at first.
inline void probe_acquired([[maybe_unused]] const LockWords& lock, [[maybe_unused]] Mode mode,
                           [[maybe_unused]] BackendNumber backend,
                           [[maybe_unused]] bool handed_over) {
    LWLOCK_PROBE5(acquired, &lock, lock.tranche, static_cast<int>(mode), backend,
                  static_cast<int>(handed_over));
}

/// An acquisition ended without the lock.
inline void probe_given_up([[maybe_unused]] const LockWords& lock, [[maybe_unused]] Mode mode,
                           [[maybe_unused]] BackendNumber backend, [[maybe_unused]] Status reason) {
    LWLOCK_PROBE5(given_up, &lock, lock.tranche, static_cast<int>(mode), backend,
                  static_cast<int>(reason));
}

/// Read bias was taken away, and its readers waited for.
inline void probe_revoked([[maybe_unused]] const LockWords& lock,
                          [[maybe_unused]] BackendNumber backend,
                          [[maybe_unused]] std::uint64_t nanoseconds) {
    LWLOCK_PROBE4(revoked, &lock, lock.tranche, backend, nanoseconds);
}

}  // namespace lwlock::detail
