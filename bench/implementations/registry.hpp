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

namespace detail {
template <class Visit, class... I>
void visit_each(Visit& visit, ImplementationList<I...>) {
    (visit.template operator()<I>(), ...);
}
}  // namespace detail

/// Calls `visit.operator()<I>()` for every implementation I:
///
///     for_each_implementation([]<class I>() { if constexpr (I::kProcesses) ... });
template <class Visit>
void for_each_implementation(Visit&& visit) {
    detail::visit_each(visit, Implementations{});
}

}  // namespace lwlock::bench
