/// \file
/// The futex system call: the only place in the library that makes it.
///
/// Every errno is triaged here: what a caller has to handle becomes a result,
/// what may legally happen is tolerated, and what can only be a bug of this
/// library stops the process with one line.
#pragma once

#include <cstdint>

#include "atomics/deadline.hpp"
#include "atomics/word.hpp"

namespace lwlock::atomics {

/// Whether the futex word can be reached from other processes.
enum class Scope : std::uint8_t {
    process,  ///< FUTEX_PRIVATE_FLAG: cheaper, seen by this process's threads only
    shared,   ///< keyed by the memory object, seen by every process that maps it
};

enum class FutexResult : std::uint8_t {
    woken,  ///< a wake chose this sleeper, be it a stray one of whoever used the memory before
    stale,  ///< the word no longer had the expected value; did not sleep
    interrupted,  ///< a signal handler ran; no wake was consumed
    timed_out,    ///< the deadline passed; no wake was consumed
};

inline constexpr std::uint32_t kFutexMatchAny = 0xffffffff;
inline constexpr std::uint32_t kWakeAll = INT32_MAX;

/// Sleeps while `word == expected`, until a wake whose bitset meets `bitset`,
/// or the deadline. `bitset` must not be 0.
FutexResult futex_wait(const Atomic32& word, std::uint32_t expected, Deadline deadline, Scope scope,
                       std::uint32_t bitset = kFutexMatchAny);

/// Wakes at most `count` sleepers whose bitset meets `bitset`; returns how many.
/// Takes a bare address, because the memory may be gone by the time of the call:
/// EFAULT and EINVAL count as nobody found.
std::uint32_t futex_wake(const std::uint32_t* word, std::uint32_t count, Scope scope,
                         std::uint32_t bitset = kFutexMatchAny);

/// Wakes at most `wake` sleepers of `from` and moves at most `move` others to
/// `to`, where they sleep on; returns woken plus moved.
std::uint32_t futex_requeue(const Atomic32& from, std::uint32_t wake, const Atomic32& to,
                            std::uint32_t move, Scope scope);

/// What a compared requeue did.
struct RequeueOutcome {
    bool compared;        ///< false: `from` no longer had the expected value, nothing was done
    std::uint32_t count;  ///< woken plus moved
};

/// futex_requeue() if `from == expected`, decided in one step.
RequeueOutcome futex_compare_requeue(const Atomic32& from, std::uint32_t expected,
                                     std::uint32_t wake, const Atomic32& to, std::uint32_t move,
                                     Scope scope);

}  // namespace lwlock::atomics
