/// \file
/// One run of `wakeup`: rounds in which a backend holds a lock until all others
/// sleep for it, and releases.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "atomics/deadline.hpp"
#include "atomics/futex.hpp"
#include "bench/implementations/implementation.hpp"
#include "bench/support/affinity.hpp"
#include "bench/support/lonely_lock.hpp"
#include "bench/support/shared_memory.hpp"
#include "bench/support/team.hpp"

namespace lwlock::bench {

enum class Queued : std::uint8_t { shared, exclusive, exclusive_behind_shared };

struct WakeupPlan {
    Queued queued;
    unsigned waiters;
    unsigned rounds;
    std::chrono::seconds patience;
    Team::Kind kind{};                              ///< of the backends
    std::function<void(std::uint64_t)> progress{};  ///< gets the rounds done

    bool is_last(unsigned waiter) const { return waiter + 1 == waiters; }
    Mode mode_of(unsigned waiter) const {
        const bool exclusive = queued == Queued::exclusive_behind_shared
                                   ? is_last(waiter)
                                   : queued == Queued::exclusive;
        return exclusive ? Mode::exclusive : Mode::shared;
    }
};

/// Nanoseconds from just before the release until ...
struct Round {
    std::uint64_t released;   ///< the release returned
    std::uint64_t first;      ///< the first waiter had the lock
    std::uint64_t last;       ///< every waiter had had it
    std::uint64_t latecomer;  ///< that waiter had it which went to sleep last
};

/// What a waiter tells.
struct alignas(128) WaiterRecord {
    atomics::Atomic32 thread;
    atomics::Atomic32 asking;  ///< the number of the round for whose end it asks
    atomics::Atomic64 got_at;  ///< monotonic nanoseconds
};

/// What the backends share besides the lock, in zeroed memory.
struct alignas(128) WakeupArena {
    static std::size_t required_bytes(const WakeupPlan& plan) {
        return sizeof(WakeupArena) + plan.waiters * sizeof(WaiterRecord) +
               plan.rounds * sizeof(Round);
    }
    WaiterRecord* waiters() { return reinterpret_cast<WaiterRecord*>(this + 1); }
    Round* rounds(const WakeupPlan& plan) {
        return reinterpret_cast<Round*>(waiters() + plan.waiters);
    }

    atomics::Atomic32 begun;       ///< the round, for all waiters but a latecomer
    atomics::Atomic32 begun_late;  ///< the round, for the latecomer
    atomics::Atomic32 served;      ///< waiters of this round that had the lock
};

/// Waits until the waiter from `from` to below `to` sleep for the lock in this round.
void await_asleep(WakeupArena& arena, unsigned round, unsigned from, unsigned to);
/// Lets those who wait for the word go on with this round.
void begin(atomics::Atomic32& word, unsigned round);
/// Waits until all had the lock, and notes down how long it took.
Round finish(WakeupArena& arena, const WakeupPlan& plan, std::int64_t start, std::int64_t end);
std::uint32_t own_thread();

template <Implementation I>
void release_in_rounds(const WakeupPlan& plan, typename I::Lock& lock, WakeupArena& arena,
                       Session& session) {
    for (unsigned round = 1; round <= plan.rounds; ++round) {
        arena.served.store_relaxed(0);
        session.template acquire<I, false>(lock, 0, Mode::exclusive);
        begin(arena.begun, round);
        await_asleep(arena, round, 0, plan.waiters - 1);
        begin(arena.begun_late, round);
        await_asleep(arena, round, plan.waiters - 1, plan.waiters);

        const std::int64_t start = atomics::monotonic_now();
        I::release(lock, Mode::exclusive);
        const std::int64_t end = atomics::monotonic_now();
        arena.rounds(plan)[round - 1] = finish(arena, plan, start, end);
        session.show_progress(round);
    }
}

template <Implementation I>
void wait_in_rounds(const WakeupPlan& plan, unsigned waiter, typename I::Lock& lock,
                    WakeupArena& arena, Session& session) {
    WaiterRecord& mine = arena.waiters()[waiter];
    mine.thread.store_relaxed(own_thread());
    const Mode mode = plan.mode_of(waiter);
    atomics::Atomic32& word = plan.is_last(waiter) ? arena.begun_late : arena.begun;
    for (unsigned round = 1; round <= plan.rounds; ++round) {
        while (word.load_acquire() != round) {
            atomics::futex_wait(word, round - 1, atomics::Deadline::never(),
                                atomics::Scope::shared);
        }
        mine.asking.store_release(round);
        session.template acquire<I, false>(lock, 0, mode);
        mine.got_at.store_relaxed(static_cast<std::uint64_t>(atomics::monotonic_now()));
        I::release(lock, mode);
        if (arena.served.fetch_add_release(1) + 1 == plan.waiters) {
            atomics::futex_wake(arena.served.address(), 1, atomics::Scope::shared);
        }
    }
}

/// Runs a team and gathers what came of it.
std::vector<Round> run_rounds(const WakeupPlan& plan, WakeupArena& arena, const TeamWork& work);

template <Implementation I>
std::vector<Round> wake_up(const WakeupPlan& plan) {
    const unsigned backends = plan.waiters + 1;
    typename I::World world(backends, sizeof(LonelyLock<I>));
    typename I::Lock& lock = static_cast<LonelyLock<I>*>(world.user_memory())->lock;
    I::init(lock);
    const SharedMemory memory(WakeupArena::required_bytes(plan));
    WakeupArena& arena = *static_cast<WakeupArena*>(memory.get());
    return run_rounds(plan, arena,
                      {.arrive =
                           [&](unsigned number) {
                               spread_over_processors(number, backends);
                               world.attach(number);
                           },
                       .work =
                           [&](unsigned number, Session& session) {
                               if (number == 0) {
                                   release_in_rounds<I>(plan, lock, arena, session);
                               } else {
                                   wait_in_rounds<I>(plan, number - 1, lock, arena, session);
                               }
                           },
                       .leave = [&] { world.detach(); }});
}

}  // namespace lwlock::bench
