/// \file
/// Implementation `ck_rwlock`: Concurrency Kit's, which prefers writers. It
/// spins and never sleeps, so it works across processes.
#pragma once

#include <ck_rwlock.h>

#include "bench/implementations/implementation.hpp"
#include "bench/implementations/plain_world.hpp"

namespace lwlock::bench {

struct CkRwlock {
    static constexpr const char* kName = "ck_rwlock";
    static constexpr bool kProcesses = true;
    static constexpr bool kExcludes = true;
    static constexpr bool kTellsWait = false;

    using Lock = ck_rwlock_t;
    using World = PlainWorld;

    static void init(Lock& lock) { ck_rwlock_init(&lock); }
    static bool acquire(Lock& lock, Mode mode) {
        mode == Mode::shared ? ck_rwlock_read_lock(&lock) : ck_rwlock_write_lock(&lock);
        return false;
    }
    static bool try_acquire(Lock& lock, Mode mode) {
        return mode == Mode::shared ? ck_rwlock_read_trylock(&lock)
                                    : ck_rwlock_write_trylock(&lock);
    }
    static void release(Lock& lock, Mode mode) {
        mode == Mode::shared ? ck_rwlock_read_unlock(&lock) : ck_rwlock_write_unlock(&lock);
    }
};
static_assert(Implementation<CkRwlock>);

}  // namespace lwlock::bench
