/// \file
/// Implementation `ck_pflock`: Concurrency Kit's phase-fair lock: readers and
/// writers in turn, writers in order. It spins and never sleeps, so it works
/// across processes.
#pragma once

#include <ck_pflock.h>
#include <ck_pr.h>

#include <cstdint>

#include "bench/implementations/implementation.hpp"
#include "bench/implementations/plain_world.hpp"

namespace lwlock::bench {

struct CkPflock {
    static constexpr const char* kName = "ck_pflock";
    static constexpr bool kProcesses = true;
    static constexpr bool kExcludes = true;
    static constexpr bool kTellsWait = false;

    using Lock = ck_pflock_t;
    using World = PlainWorld;

    static void init(Lock& lock) { ck_pflock_init(&lock); }
    static bool acquire(Lock& lock, Mode mode) {
        mode == Mode::shared ? ck_pflock_read_lock(&lock) : ck_pflock_write_lock(&lock);
        return false;
    }
    static bool try_acquire(Lock& lock, Mode mode) {
        return mode == Mode::shared ? try_read(lock) : try_write(lock);
    }
    static void release(Lock& lock, Mode mode) {
        mode == Mode::shared ? ck_pflock_read_unlock(&lock) : ck_pflock_write_unlock(&lock);
    }

  private:
    // The library has no way to try. A reader can take the first step of its
    // blocking function only where that is the last one, too. A writer cannot:
    // who has announced itself must go through with it. So it looks whether the
    // lock is free, which suffices to tell a wait, and may have to wait after all.
    static bool try_read(Lock& lock) {
        const std::uint32_t seen = ck_pr_load_32(&lock.rin);
        if ((seen & CK_PFLOCK_WBITS) != 0) return false;
        if (!ck_pr_cas_32(&lock.rin, seen, seen + CK_PFLOCK_RINC)) return false;
        ck_pr_fence_lock();
        return true;
    }
    static bool try_write(Lock& lock) {
        if (ck_pr_load_32(&lock.win) != ck_pr_load_32(&lock.wout)) return false;
        if (ck_pr_load_32(&lock.rin) != ck_pr_load_32(&lock.rout)) return false;
        ck_pflock_write_lock(&lock);
        return true;
    }
};
static_assert(Implementation<CkPflock>);

}  // namespace lwlock::bench
