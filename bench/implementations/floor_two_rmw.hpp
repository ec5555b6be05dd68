/// \file
/// Implementation `floor_two_rmw`: two bare read-modify-writes on one word.
/// No lock: what acquire and release cost at least when each needs one.
#pragma once

#include "atomics/word.hpp"
#include "bench/implementations/implementation.hpp"
#include "bench/implementations/plain_world.hpp"

namespace lwlock::bench {

struct FloorTwoRmw {
    static constexpr const char* kName = "floor_two_rmw";
    static constexpr bool kProcesses = true;
    static constexpr bool kExcludes = false;
    static constexpr bool kTellsWait = true;

    using Lock = atomics::Atomic32;
    using World = PlainWorld;

    static void init(Lock& lock) { lock.store_relaxed(0); }
    static bool acquire(Lock& lock, Mode /*mode*/) {
        lock.fetch_add_acquire(1);
        return false;
    }
    static bool try_acquire(Lock& lock, Mode mode) { return !acquire(lock, mode); }
    static void release(Lock& lock, Mode /*mode*/) { lock.fetch_add_release(~0u); }
};
static_assert(Implementation<FloorTwoRmw>);

}  // namespace lwlock::bench
