#include "tests/stress/second_looks.hpp"

#include "atomics/futex.hpp"

namespace lwlock::tests {
namespace {

using atomics::Atomic32;
using atomics::Deadline;
using atomics::FutexResult;
using atomics::Scope;

// A nap, which the lock takes while another waiter is said to be on its way, is
// part of how waiters find each other, and stays.
constexpr std::int64_t kLongestNap = 3'000'000;  // nanoseconds

bool forbidden = false;
thread_local bool has_limit = false;
atomics::Atomic64 lasting;

}  // namespace

// What the linker's --wrap makes of atomics::futex_wait(): calls arrive at the
// second, which has the original under the first name.
FutexResult
original_wait(const Atomic32& word, std::uint32_t expected, Deadline deadline, Scope scope, std::uint32_t bitset) __asm__(
    "__real__ZN6lwlock7atomics10futex_waitERKNS0_6AtomicIjEEjNS0_8DeadlineENS0_5ScopeEj");
FutexResult
wrapped_wait(const Atomic32& word, std::uint32_t expected, Deadline deadline, Scope scope, std::uint32_t bitset) __asm__(
    "__wrap__ZN6lwlock7atomics10futex_waitERKNS0_6AtomicIjEEjNS0_8DeadlineENS0_5ScopeEj");

FutexResult wrapped_wait(const Atomic32& word, std::uint32_t expected, Deadline deadline,
                         Scope scope, std::uint32_t bitset) {
    if (forbidden && !has_limit &&
        deadline.nanoseconds() > atomics::monotonic_now() + kLongestNap) {
        lasting.fetch_add_relaxed(1);
        deadline = Deadline::never();
    }
    return original_wait(word, expected, deadline, scope, bitset);
}

void forbid_second_looks() { forbidden = true; }

TimeLimit::TimeLimit() { has_limit = true; }
TimeLimit::~TimeLimit() { has_limit = false; }

std::uint64_t waits_without_second_look() { return lasting.load_relaxed(); }

}  // namespace lwlock::tests
