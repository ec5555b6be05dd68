#include "lwlock/self_test.hpp"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "atomics/deadline.hpp"
#include "atomics/futex.hpp"
#include "lwlock/segment.hpp"

namespace lwlock {
namespace detail {
namespace {

using atomics::Deadline;
using atomics::FutexResult;
using atomics::Scope;

// How long the child sleeps before it counts as not woken. On a busy machine the
// parent may have no CPU for so long; so a wake counts as lost only when that
// happened each time.
constexpr std::int64_t kTestPatience[] = {10'000'000, 100'000'000, 1'000'000'000};  // nanoseconds

constexpr std::int64_t kPause = 10'000;  // nanoseconds between looks for the child

// What the two processes share, in the first of the pages.
struct Probe {
    Atomic32 begin;  ///< where the child goes to sleep
    Atomic32 end;    ///< where it is moved to, which tells that it sleeps
    Atomic32 woken;  ///< 1: the child was woken, 2: it was not
};

[[noreturn]] void sleep_and_exit(Probe& probe, std::int64_t patience) {
    const FutexResult result =
        atomics::futex_wait(probe.begin, 0, Deadline::after(patience), Scope::shared);
    probe.woken.store_release(result == FutexResult::woken ? 1 : 2);
    _exit(0);
}

// As fork(), but without its handlers, which belong to the program; and the
// program is told of this child neither by a signal nor by wait().
long fork_quietly() { return syscall(SYS_clone, 0, nullptr, nullptr, nullptr, nullptr); }

bool child_ended(pid_t child, int options) {
    int status;
    pid_t ended;
    do {
        ended = waitpid(child, &status, options | __WCLONE);
    } while (ended < 0 && errno == EINTR);
    return ended != 0;
}

bool wakes(const std::uint32_t* word) { return atomics::futex_wake(word, 1, Scope::shared) != 0; }

// For a child that is known to sleep. Linux lets a sleeper that was moved go back
// to where it came from, when it is disturbed; so both places are tried.
MemoryFault wake_from_both_pages(const Probe& probe) {
    constexpr std::size_t kPageWords = kStandardPage / sizeof(std::uint32_t);
    const std::uint32_t* const words[] = {probe.end.address(), probe.begin.address()};
    for (const std::uint32_t* const word : words) {
        if (wakes(word + kPageWords)) return MemoryFault::crosstalk;
    }
    for (const std::uint32_t* const word : words) {
        if (wakes(word)) return MemoryFault::none;
    }
    return MemoryFault::lost_wake;
}

// Lets the child run, which may want this very CPU.
void pause_for(std::int64_t nanoseconds) {
    const timespec time{.tv_sec = 0, .tv_nsec = nanoseconds};
    nanosleep(&time, nullptr);
}

MemoryFault test_once(Probe& probe, std::int64_t patience) {
    const long child = fork_quietly();
    if (child < 0) return MemoryFault::untested;
    if (child == 0) sleep_and_exit(probe, patience);
    MemoryFault fault = MemoryFault::lost_wake;
    bool ended = false;
    while (fault == MemoryFault::lost_wake && probe.woken.load_acquire() == 0 && !ended) {
        if (atomics::futex_requeue(probe.begin, 0, probe.end, 1, Scope::shared) == 1) {
            fault = wake_from_both_pages(probe);
        } else {
            pause_for(kPause);
            ended = child_ended(static_cast<pid_t>(child), WNOHANG);
        }
    }
    if (!ended) child_ended(static_cast<pid_t>(child), 0);
    const std::uint32_t woken = probe.woken.load_acquire();
    if (woken == 0) return MemoryFault::untested;  // the child has not the memory
    if (fault == MemoryFault::none && woken != 1) fault = MemoryFault::lost_wake;
    return fault;
}

}  // namespace

MemoryFault test_memory(std::byte* pages) {
    const int saved = errno;
    auto& probe = *reinterpret_cast<Probe*>(pages);
    MemoryFault fault = MemoryFault::untested;
    for (const std::int64_t patience : kTestPatience) {
        probe.woken.store_relaxed(0);
        fault = test_once(probe, patience);
        if (fault != MemoryFault::lost_wake) break;
    }
    probe.woken.store_relaxed(0);
    errno = saved;
    return fault;
}

}  // namespace detail

const char* describe(MemoryFault fault) {
    switch (fault) {
        case MemoryFault::none: return "the system's futexes work in this memory";
        case MemoryFault::untested: return "the memory was not tested";
        case MemoryFault::lost_wake:
            return "a wake did not reach a process that slept in this memory";
        case MemoryFault::crosstalk: return "a wake reached a sleeper in another page";
    }
    return "unknown fault";
}

}  // namespace lwlock
