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

using Implementations = ImplementationList<Futex, FutexEmulated, PosixSem, NamedPosixSem, SysvSem,
                                           FutexSem, PthreadRwlock, StdSharedMutex, FloorTwoRmw>;

/// Calls `visit.operator()<I>()` for every implementation I of a list:
///
///     for_each_implementation(Peers{}, []<class I>() { if constexpr (I::kProcesses) ... });
template <class... I, class Visit>
void for_each_implementation(ImplementationList<I...>, Visit&& visit) {
    (visit.template operator()<I>(), ...);
}
template <class Visit>
void for_each_implementation(Visit&& visit) {
    for_each_implementation(Implementations{}, visit);
}

}  // namespace lwlock::bench
