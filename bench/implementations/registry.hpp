/// \file
/// Every implementation that the benchmarks compare. Adding one: its header,
/// and its name in the list.
#pragma once

#include "bench/implementations/floor_two_rmw.hpp"
#include "bench/implementations/futex.hpp"
#include "bench/implementations/pthread_rwlock.hpp"
#include "bench/implementations/semaphores.hpp"
#include "bench/implementations/std_shared_mutex.hpp"

namespace lwlock::bench {

template <Implementation... I>
struct ImplementationList {};

using Implementations = ImplementationList<Futex, PosixSem, NamedPosixSem, SysvSem, FutexSem,
                                           PthreadRwlock, StdSharedMutex, FloorTwoRmw>;

/// Calls `visit.operator()<I>()` for every implementation I of a list:
///
///     for_each_implementation(Implementations{}, []<class I>() { ... });
template <class... I, class Visit>
void for_each_implementation(ImplementationList<I...>, Visit&& visit) {
    (visit.template operator()<I>(), ...);
}

}  // namespace lwlock::bench
