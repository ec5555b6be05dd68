/// \file
/// Implementations whose lock has the member functions of std::shared_mutex.
#pragma once

#include <new>

#include "bench/implementations/implementation.hpp"
#include "bench/implementations/plain_world.hpp"

namespace lwlock::bench {

/// What such implementations have in common; they add a name, and whether the
/// lock works across processes.
template <class L>
struct StandardShared {
    static constexpr bool kExcludes = true;
    static constexpr bool kTellsWait = false;

    using Lock = L;
    using World = PlainWorld;

    static void init(Lock& lock) { new (&lock) Lock; }
    static bool acquire(Lock& lock, Mode mode) {
        mode == Mode::shared ? lock.lock_shared() : lock.lock();
        return false;
    }
    static bool try_acquire(Lock& lock, Mode mode) {
        return mode == Mode::shared ? lock.try_lock_shared() : lock.try_lock();
    }
    static void release(Lock& lock, Mode mode) {
        mode == Mode::shared ? lock.unlock_shared() : lock.unlock();
    }
};

}  // namespace lwlock::bench
