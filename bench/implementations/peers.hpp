/// \file
/// Locks of other libraries that the scenarios about single locks compare, too.
/// Adding one: its header, and its name in the list.
#pragma once

#include "bench/implementations/absl_mutex.hpp"
#include "bench/implementations/boost_shared_mutex.hpp"
#include "bench/implementations/ck_pflock.hpp"
#include "bench/implementations/ck_rwlock.hpp"
#include "bench/implementations/nsync_mu.hpp"
#include "bench/implementations/registry.hpp"
#include "bench/implementations/tbb_queuing_rw_mutex.hpp"
#include "bench/implementations/tbb_spin_rw_mutex.hpp"

namespace lwlock::bench {

using Peers = ImplementationList<AbslMutex, BoostSharedMutex, NsyncMu, TbbSpinRwMutex,
                                 TbbQueuingRwMutex, CkRwlock, CkPflock>;

namespace detail {
template <class... I, class... J>
ImplementationList<I..., J...> joined(ImplementationList<I...>, ImplementationList<J...>);
}  // namespace detail

using ImplementationsAndPeers = decltype(detail::joined(Implementations{}, Peers{}));

}  // namespace lwlock::bench
