/// \file
/// One run of `fairness`: a lone backend against others that hold the lock in
/// overlapping turns.
#pragma once

#include <time.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "atomics/deadline.hpp"
#include "bench/implementations/implementation.hpp"
#include "bench/support/lonely_lock.hpp"
#include "bench/support/shared_memory.hpp"
#include "bench/support/team.hpp"
#include "bench/support/work.hpp"

namespace lwlock::bench {

struct Siege {
    Mode lone;  ///< the others use the other mode
    unsigned others;
    Team::Kind kind;  ///< of all backends
    std::chrono::nanoseconds hold;
    unsigned acquisitions;             ///< of the lone one
    std::chrono::nanoseconds give_up;  ///< the longest wait that is put up with
    std::chrono::nanoseconds longest;  ///< ends the run
    std::chrono::seconds patience;
    std::function<void(std::uint64_t)> progress;  ///< gets the lone one's acquisitions
};

struct SiegeResult {
    std::vector<std::uint64_t> waits;  ///< nanoseconds, of the lone one, in order
    bool gave_up;                      ///< the last wait ended because the others stopped
    std::uint64_t turns;               ///< of all others
    double seconds;
};

/// What the backends of a siege share besides the lock, in zeroed memory.
struct alignas(128) SiegeArena {
    static std::size_t required_bytes(const Siege& siege) {
        return sizeof(SiegeArena) + siege.acquisitions * sizeof(std::uint64_t);
    }
    std::uint64_t* waits() { return reinterpret_cast<std::uint64_t*>(this + 1); }

    atomics::Atomic32 stop;
    atomics::Atomic32 gave_up;
    atomics::Atomic64 asking_since;  ///< monotonic nanoseconds; 0 while the lone one does not ask
    atomics::Atomic64 served;        ///< acquisitions of the lone one
    atomics::Atomic64 turns;
};

inline void sleep_for(std::chrono::nanoseconds time) {
    const timespec request{.tv_sec = time.count() / 1'000'000'000,
                           .tv_nsec = time.count() % 1'000'000'000};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &request, nullptr);
}

template <Implementation I>
void be_lone(const Siege& siege, typename I::Lock& lock, SiegeArena& arena, Session& session) {
    const std::int64_t end = atomics::monotonic_now() + siege.longest.count();
    Dice dice(1);
    for (unsigned number = 0; number < siege.acquisitions && arena.stop.load_relaxed() == 0;
         ++number) {
        // At any moment of the others' turns.
        sleep_for(std::chrono::nanoseconds(dice.throw_once() % siege.hold.count()));
        const std::int64_t start = atomics::monotonic_now();
        arena.asking_since.store_relaxed(static_cast<std::uint64_t>(start));
        session.template acquire<I, false>(lock, 0, siege.lone);
        const std::int64_t now = atomics::monotonic_now();
        arena.asking_since.store_relaxed(0);
        I::release(lock, siege.lone);
        arena.waits()[number] = static_cast<std::uint64_t>(now - start);
        arena.served.store_relaxed(number + 1);
        if (now > end) break;
    }
    arena.stop.store_relaxed(1);
}

template <Implementation I>
void take_turns(const Siege& siege, unsigned number, typename I::Lock& lock, SiegeArena& arena,
                Session& session) {
    const Mode mode = siege.lone == Mode::exclusive ? Mode::shared : Mode::exclusive;
    // One begins after the other, so that their turns overlap.
    sleep_for(siege.hold * number / siege.others);
    std::uint64_t turns = 0;
    while (arena.stop.load_relaxed() == 0) {
        session.template acquire<I, false>(lock, 0, mode);
        sleep_for(siege.hold);
        I::release(lock, mode);
        session.show_progress(++turns);
        const auto since = static_cast<std::int64_t>(arena.asking_since.load_relaxed());
        if (since != 0 && atomics::monotonic_now() - since > siege.give_up.count()) {
            arena.gave_up.store_relaxed(1);
            arena.stop.store_relaxed(1);
        }
    }
    arena.turns.fetch_add_relaxed(turns);
}

/// Runs a team and gathers what came of it.
SiegeResult run_siege(const Siege& siege, SiegeArena& arena, const TeamWork& work);

template <Implementation I>
SiegeResult lay_siege(const Siege& siege) {
    typename I::World world(siege.others + 1, sizeof(LonelyLock<I>));
    typename I::Lock& lock = static_cast<LonelyLock<I>*>(world.user_memory())->lock;
    I::init(lock);
    const SharedMemory memory(SiegeArena::required_bytes(siege));
    SiegeArena& arena = *static_cast<SiegeArena*>(memory.get());
    return run_siege(siege, arena,
                     {.arrive = [&](unsigned number) { world.attach(number); },
                      .work =
                          [&](unsigned number, Session& session) {
                              if (number == 0) {
                                  be_lone<I>(siege, lock, arena, session);
                              } else {
                                  take_turns<I>(siege, number - 1, lock, arena, session);
                              }
                          },
                      .leave = [&] { world.detach(); }});
}

}  // namespace lwlock::bench
