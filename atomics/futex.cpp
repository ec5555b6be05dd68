#include "atomics/futex.hpp"

#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "atomics/emulated_futex.hpp"

namespace lwlock::atomics {
namespace {

constexpr int with_scope(int operation, Scope scope) {
    return scope.kind() == Scope::Kind::process ? operation | FUTEX_PRIVATE_FLAG : operation;
}

// The raw call: the result, or the negated errno. The caller's errno survives,
// because a lock operation must not disturb it.
long futex(const std::uint32_t* word, int operation, std::uint32_t value,
           const void* timeout_or_count, const std::uint32_t* second_word,
           std::uint32_t third_value) {
    const int saved = errno;
    long result =
        syscall(SYS_futex, word, operation, value, timeout_or_count, second_word, third_value);
    if (result < 0) {
        result = -errno;
        errno = saved;
    }
    return result;
}

EmulatedFutex emulated(Scope scope) { return EmulatedFutex(*scope.table(), scope); }

// ENOSYS, EACCES, EPERM, unexpected EINVAL: the kernel refuses what every
// supported kernel does, or this library passed nonsense. There is no way on.
[[noreturn]] void fail(const char* operation, const std::uint32_t* word, long error) {
    char line[160];
    const int length = snprintf(line, sizeof line,
                                "lwlock: futex %s at %p failed with errno %ld: the kernel lacks "
                                "futexes or the word is misaligned or unmapped\n",
                                operation, static_cast<const void*>(word), -error);
    [[maybe_unused]] const ssize_t written =
        write(STDERR_FILENO, line, static_cast<std::size_t>(length));
    abort();
}

}  // namespace

FutexResult futex_wait(const Atomic32& word, std::uint32_t expected, Deadline deadline, Scope scope,
                       std::uint32_t bitset) {
    if (scope.table() != nullptr) return emulated(scope).wait(word, expected, deadline, bitset);
    timespec timeout;
    if (!deadline.is_never()) {
        // A past deadline may be negative, which the kernel calls invalid.
        const std::int64_t at = deadline.nanoseconds() < 0 ? 0 : deadline.nanoseconds();
        timeout.tv_sec = static_cast<time_t>(at / 1'000'000'000);
        timeout.tv_nsec = static_cast<long>(at % 1'000'000'000);
    }
    // FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC time, FUTEX_WAIT a relative one.
    const long result =
        futex(word.address(), with_scope(FUTEX_WAIT_BITSET, scope), expected,
              deadline.is_never() ? nullptr : static_cast<const void*>(&timeout), nullptr, bitset);
    switch (result) {
        case 0: return FutexResult::woken;
        case -EAGAIN: return FutexResult::stale;
        case -EINTR: return FutexResult::interrupted;
        case -ETIMEDOUT: return FutexResult::timed_out;
        default: fail("wait", word.address(), result);
    }
}

std::uint32_t futex_wake(const std::uint32_t* word, std::uint32_t count, Scope scope,
                         std::uint32_t bitset) {
    if (scope.table() != nullptr) return emulated(scope).wake(word, count, bitset);
    const long result =
        futex(word, with_scope(FUTEX_WAKE_BITSET, scope), count, nullptr, nullptr, bitset);
    if (result >= 0) return static_cast<std::uint32_t>(result);
    // The lock was released before this call: its memory may be unmapped
    // (EFAULT), or mapped again as something that has no futex key (EINVAL).
    if (result == -EFAULT || result == -EINVAL) return 0;
    fail("wake", word, result);
}

std::uint32_t futex_requeue(const Atomic32& from, std::uint32_t wake, const Atomic32& to,
                            std::uint32_t move, Scope scope) {
    if (scope.table() != nullptr) {
        return emulated(scope).requeue(from, nullptr, wake, to, move).count;
    }
    const long result =
        futex(from.address(), with_scope(FUTEX_REQUEUE, scope), wake,
              reinterpret_cast<const void*>(static_cast<std::uintptr_t>(move)), to.address(), 0);
    if (result < 0) fail("requeue", from.address(), result);
    return static_cast<std::uint32_t>(result);
}

RequeueOutcome futex_compare_requeue(const Atomic32& from, std::uint32_t expected,
                                     std::uint32_t wake, const Atomic32& to, std::uint32_t move,
                                     Scope scope) {
    if (scope.table() != nullptr) {
        return emulated(scope).requeue(from, &expected, wake, to, move);
    }
    const long result = futex(from.address(), with_scope(FUTEX_CMP_REQUEUE, scope), wake,
                              reinterpret_cast<const void*>(static_cast<std::uintptr_t>(move)),
                              to.address(), expected);
    if (result == -EAGAIN) return {.compared = false, .count = 0};
    if (result < 0) fail("compare-requeue", from.address(), result);
    return {.compared = true, .count = static_cast<std::uint32_t>(result)};
}

}  // namespace lwlock::atomics
