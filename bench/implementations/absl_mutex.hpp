/// \file
/// Implementation `absl_mutex`: Abseil's, which readers can share; for threads only.
#pragma once

#include <absl/synchronization/mutex.h>

#include <new>

#include "bench/implementations/implementation.hpp"
#include "bench/implementations/plain_world.hpp"

namespace lwlock::bench {

struct AbslMutex {
    static constexpr const char* kName = "absl_mutex";
    static constexpr bool kProcesses = false;
    static constexpr bool kExcludes = true;
    static constexpr bool kTellsWait = false;

    using Lock = absl::Mutex;
    using World = PlainWorld;

    static void init(Lock& lock) { new (&lock) Lock; }
    static bool acquire(Lock& lock, Mode mode) {
        mode == Mode::shared ? lock.ReaderLock() : lock.WriterLock();
        return false;
    }
    static bool try_acquire(Lock& lock, Mode mode) {
        return mode == Mode::shared ? lock.ReaderTryLock() : lock.TryLock();
    }
    static void release(Lock& lock, Mode mode) {
        mode == Mode::shared ? lock.ReaderUnlock() : lock.WriterUnlock();
    }
};
static_assert(Implementation<AbslMutex>);

}  // namespace lwlock::bench
