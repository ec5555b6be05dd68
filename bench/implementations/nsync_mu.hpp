/// \file
/// Implementation `nsync_mu`: nsync's mutex, which readers can share; for threads only.
#pragma once

#include <nsync.h>

#include "bench/implementations/implementation.hpp"
#include "bench/implementations/plain_world.hpp"

namespace lwlock::bench {

struct NsyncMu {
    static constexpr const char* kName = "nsync_mu";
    static constexpr bool kProcesses = false;
    static constexpr bool kExcludes = true;
    static constexpr bool kTellsWait = false;

    using Lock = nsync::nsync_mu;
    using World = PlainWorld;

    static void init(Lock& lock) { nsync::nsync_mu_init(&lock); }
    static bool acquire(Lock& lock, Mode mode) {
        mode == Mode::shared ? nsync::nsync_mu_rlock(&lock) : nsync::nsync_mu_lock(&lock);
        return false;
    }
    static bool try_acquire(Lock& lock, Mode mode) {
        return (mode == Mode::shared ? nsync::nsync_mu_rtrylock(&lock)
                                     : nsync::nsync_mu_trylock(&lock)) != 0;
    }
    static void release(Lock& lock, Mode mode) {
        mode == Mode::shared ? nsync::nsync_mu_runlock(&lock) : nsync::nsync_mu_unlock(&lock);
    }
};
static_assert(Implementation<NsyncMu>);

}  // namespace lwlock::bench
