/// \file
/// Waiting in a test until something is so, without sleeping for a guessed time.
#pragma once

#include <sched.h>
#include <sys/types.h>

#include "atomics/deadline.hpp"

namespace lwlock::tests {

/// How long anything may take before the test gives it up as hung.
inline constexpr std::int64_t kHangNanoseconds = 60'000'000'000;

/// Ends the process: `what` never came true.
[[noreturn]] void give_up(const char* what);

/// Returns once `predicate()` holds. The bound only turns a hang into a failure.
template <class Predicate>
void await(const char* what, Predicate predicate) {
    const atomics::Deadline hung = atomics::Deadline::after(kHangNanoseconds);
    while (!predicate()) {
        if (hung.has_passed()) give_up(what);
        sched_yield();
    }
}

/// Whether the thread sleeps in the kernel. `process` may be another process.
bool sleeps(pid_t process, pid_t thread);

}  // namespace lwlock::tests
