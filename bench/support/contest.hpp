/// \file
/// A contest: backends that compete for locks until the time is over, and what
/// came of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>

#include "bench/implementations/implementation.hpp"
#include "bench/support/affinity.hpp"
#include "bench/support/lonely_lock.hpp"
#include "bench/support/shared_memory.hpp"
#include "bench/support/system_calls.hpp"
#include "bench/support/team.hpp"
#include "bench/support/work.hpp"

namespace lwlock::bench {

struct Contest {
    unsigned backends;
    Team::Kind kind = Team::Kind::processes;  ///< of the backends
    double exclusive;                         ///< percent of the acquisitions
    unsigned locks;
    Work critical{};
    Work outside{};
    std::chrono::milliseconds length{};
    std::chrono::seconds patience{};
    /// Time the waits and count the system calls. That takes its time, so the
    /// run's speed means nothing then.
    bool observed = false;
    std::function<void(std::uint64_t)> progress{};  ///< gets the milliseconds that have passed
};

struct ContestResult {
    double seconds;
    std::uint64_t acquisitions;
    double jain;  ///< (sum of shares)^2 / (n * sum of squares): 1 is even, 1/n is one backend all
    double voluntary_switches;
    double involuntary_switches;
    // The rest is known of observed runs only.
    std::optional<SystemCalls> system_calls;  ///< nothing where the kernel does not count them
    std::uint64_t waits;
    double wait_p50;  ///< nanoseconds, of the acquisitions that waited
    double wait_p99;
    double wait_p999;
    double wait_longest;
};

/// What a lock protects: two words that a writer changes together.
struct alignas(128) Protected {
    std::uint64_t one;
    std::uint64_t other;

    /// Under an exclusive lock. Whoever else is inside sees them differ, or
    /// makes them differ.
    void change(const Work& work) {
        const std::uint64_t before = load(one);
        store(one, before + 1);
        work(before);
        if (load(other) != before) fail();
        store(other, before + 1);
    }
    void read(const Work& work) const {
        const std::uint64_t before = load(one);
        work(before);
        if (load(other) != before) fail();
    }

  private:
    // Volatile: every access happens, where it is written.
    static std::uint64_t load(const std::uint64_t& word) {
        return *static_cast<const volatile std::uint64_t*>(&word);
    }
    static void store(std::uint64_t& word, std::uint64_t value) {
        *static_cast<volatile std::uint64_t*>(&word) = value;
    }
    [[noreturn, gnu::cold]] static void fail() {
        throw std::runtime_error("the data that a lock protects changed under its holder");
    }
};

/// What all backends of a contest share besides the locks, in zeroed memory.
struct alignas(128) Arena {
    static std::size_t required_bytes(unsigned backends) {
        return sizeof(Arena) + backends * sizeof(atomics::Atomic64);
    }
    /// What each backend did, written when it is done.
    atomics::Atomic64* acquisitions() { return reinterpret_cast<atomics::Atomic64*>(this + 1); }

    atomics::Atomic32 stop;
};

/// Runs a team for the contest's length and sums up.
ContestResult run_contest(const Contest& contest, Arena& arena, const TeamWork& work,
                          const TeamWatch& watch);

/// `compete(number, locks, data, arena, session)` is a backend's work until
/// `arena.stop` is set; it notes down its acquisitions in the arena.
template <Implementation I, class Compete>
ContestResult hold_contest(const Contest& contest, Compete compete) {
    const std::size_t lock_bytes = contest.locks * sizeof(LonelyLock<I>);
    typename I::World world(contest.backends, lock_bytes + contest.locks * sizeof(Protected));
    auto* locks = static_cast<LonelyLock<I>*>(world.user_memory());
    auto* data = reinterpret_cast<Protected*>(locks + contest.locks);
    for (unsigned number = 0; number < contest.locks; ++number) I::init(locks[number].lock);
    const SharedMemory memory(Arena::required_bytes(contest.backends));
    Arena& arena = *static_cast<Arena*>(memory.get());

    return run_contest(
        contest, arena,
        {.arrive =
             [&](unsigned number) {
                 spread_over_processors(number, contest.backends);
                 world.attach(number);
             },
         .work = [&](unsigned number,
                     Session& session) { compete(number, locks, data, arena, session); },
         .leave = [&] { world.detach(); }},
        {});
}

}  // namespace lwlock::bench
