/// \file
/// Implementation `tbb_queuing_rw_mutex`: oneTBB's, fair, each waiter spinning
/// on its own place in a queue; for threads only.
#pragma once

#include <oneapi/tbb/queuing_rw_mutex.h>

#include <new>

#include "bench/implementations/implementation.hpp"
#include "bench/implementations/plain_world.hpp"

namespace lwlock::bench {

struct TbbQueuingRwMutex {
    static constexpr const char* kName = "tbb_queuing_rw_mutex";
    static constexpr bool kProcesses = false;
    static constexpr bool kExcludes = true;
    static constexpr bool kTellsWait = false;

    using Lock = tbb::queuing_rw_mutex;
    using World = PlainWorld;

    static void init(Lock& lock) { new (&lock) Lock; }
    static bool acquire(Lock& lock, Mode mode) {
        place_of(nullptr).take(lock).acquire(lock, mode == Mode::exclusive);
        return false;
    }
    static bool try_acquire(Lock& lock, Mode mode) {
        Place& place = place_of(nullptr);
        if (!place.take(lock).try_acquire(lock, mode == Mode::exclusive)) place.lock = nullptr;
        return place.lock != nullptr;
    }
    static void release(Lock& lock, Mode /*mode*/) {
        Place& place = place_of(&lock);
        place.queued.release();
        place.lock = nullptr;
    }

  private:
    /// Where a thread stands in the queue of a lock that it holds or waits for.
    struct Place {
        Lock* lock = nullptr;
        Lock::scoped_lock queued;

        Lock::scoped_lock& take(Lock& what) {
            lock = &what;
            return queued;
        }
    };

    /// The calling thread's place in the queue of `lock`; of null: a spare one.
    /// The scenarios hold two locks at most.
    static Place& place_of(const Lock* lock) {
        static thread_local Place places[2];
        return places[0].lock == lock ? places[0] : places[1];
    }
};
static_assert(Implementation<TbbQueuingRwMutex>);

}  // namespace lwlock::bench
