/// \file
/// Implementation `pthread_rwlock`: the C library's, process-shared, otherwise
/// with default attributes (which prefer readers).
#pragma once

#include <pthread.h>

#include <system_error>

#include "bench/implementations/implementation.hpp"
#include "bench/implementations/plain_world.hpp"

namespace lwlock::bench {

struct PthreadRwlock {
    static constexpr const char* kName = "pthread_rwlock";
    static constexpr bool kProcesses = true;
    static constexpr bool kExcludes = true;
    static constexpr bool kTellsWait = false;

    using Lock = pthread_rwlock_t;
    using World = PlainWorld;

    static void init(Lock& lock) {
        pthread_rwlockattr_t attributes;
        check(pthread_rwlockattr_init(&attributes));
        check(pthread_rwlockattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED));
        check(pthread_rwlock_init(&lock, &attributes));
        pthread_rwlockattr_destroy(&attributes);
    }
    static bool acquire(Lock& lock, Mode mode) {
        check(mode == Mode::shared ? pthread_rwlock_rdlock(&lock) : pthread_rwlock_wrlock(&lock));
        return false;
    }
    static bool try_acquire(Lock& lock, Mode mode) {
        return (mode == Mode::shared ? pthread_rwlock_tryrdlock(&lock)
                                     : pthread_rwlock_trywrlock(&lock)) == 0;
    }
    static void release(Lock& lock, Mode /*mode*/) { check(pthread_rwlock_unlock(&lock)); }

  private:
    static void check(int error) {
        if (error != 0) [[unlikely]] {
            throw std::system_error(error, std::generic_category(), "pthread_rwlock");
        }
    }
};
static_assert(Implementation<PthreadRwlock>);

}  // namespace lwlock::bench
