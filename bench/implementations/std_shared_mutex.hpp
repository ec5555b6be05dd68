/// \file
/// Implementation `std_shared_mutex`: the C++ library's; for threads only.
#pragma once

#include <new>
#include <shared_mutex>

#include "bench/implementations/implementation.hpp"
#include "bench/implementations/plain_world.hpp"

namespace lwlock::bench {

struct StdSharedMutex {
    static constexpr const char* kName = "std_shared_mutex";
    static constexpr bool kProcesses = false;
    static constexpr bool kExcludes = true;
    static constexpr bool kTellsWait = false;

    using Lock = std::shared_mutex;
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
static_assert(Implementation<StdSharedMutex>);

}  // namespace lwlock::bench
