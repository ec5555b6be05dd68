/// \file
/// Futexes: the system's, or emulated ones (emulated_futex.hpp). The system call
/// is made in futex.cpp and nowhere else in the library.
///
/// Every errno is triaged here: what a caller has to handle becomes a result,
/// what may legally happen is tolerated, and what can only be a bug of this
/// library stops the process with one line.
#pragma once

#include <cstdint>

#include "atomics/deadline.hpp"
#include "atomics/word.hpp"

namespace lwlock::atomics {

class FutexTable;

/// Who can meet at a futex, and whether the system or a table brings them together.
class Scope {
  public:
    enum class Kind : std::uint8_t {
        process,  ///< FUTEX_PRIVATE_FLAG: cheaper, seen by this process's threads only
        shared,   ///< keyed by the memory object, seen by every process that maps it
    };

    static const Scope process;  ///< the system's futexes of this process
    static const Scope shared;   ///< the system's futexes of shared memory
    /// Futexes emulated in a table that has room for so many sleepers.
    static constexpr Scope emulated(Kind kind, FutexTable& table, std::uint32_t sleepers) {
        return {kind, &table, sleepers};
    }

    constexpr Kind kind() const { return kind_; }
    /// Null for the system's futexes.
    constexpr FutexTable* table() const { return table_; }
    constexpr std::uint32_t sleepers() const { return sleepers_; }

    friend constexpr bool operator==(const Scope&, const Scope&) = default;

  private:
    constexpr Scope(Kind kind, FutexTable* table, std::uint32_t sleepers)
        : table_(table), sleepers_(sleepers), kind_(kind) {}

    FutexTable* table_;
    std::uint32_t sleepers_;
    Kind kind_;
};

inline constexpr Scope Scope::process{Scope::Kind::process, nullptr, 0};
inline constexpr Scope Scope::shared{Scope::Kind::shared, nullptr, 0};

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
