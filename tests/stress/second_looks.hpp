/// \file
/// Takes the library's second looks away.
///
/// A waiter without a time limit still wakes up now and then, to find out
/// whether it has become hungry. That hides a lost wake: the waiter is only
/// late. The stress program is linked with --wrap for the futex wait, so that
/// it can let such waiters sleep until they are woken. Naps stay: they belong to
/// the protocol of the wakes (state::kWaking).
#pragma once

#include <cstdint>

namespace lwlock::tests {

/// For all threads of this process and its later children.
void forbid_second_looks();

/// Whether the calling thread's current operation has a time limit of its own
/// (or polls for a cancellation), which is left to it in any case.
class TimeLimit {
  public:
    TimeLimit();
    ~TimeLimit();
    TimeLimit(const TimeLimit&) = delete;
    TimeLimit& operator=(const TimeLimit&) = delete;
};

/// How many waits of this process were made to last.
std::uint64_t waits_without_second_look();

}  // namespace lwlock::tests
