/// \file
/// What the scenarios about single locks compare besides: locks of other
/// libraries, and other settings of this one. Adding one: its header, and its
/// name in the list.
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

using Policies = ImplementationList<FutexUnbiased, FutexBiased, FutexPreferringWriters>;
using Peers = ImplementationList<AbslMutex, BoostSharedMutex, NsyncMu, TbbSpinRwMutex,
                                 TbbQueuingRwMutex, CkRwlock, CkPflock>;

namespace detail {
template <class... I, class... J, class... K>
ImplementationList<I..., J..., K...> joined(ImplementationList<I...>, ImplementationList<J...>,
                                            ImplementationList<K...>);
}  // namespace detail

using AllImplementations = decltype(detail::joined(Implementations{}, Policies{}, Peers{}));

}  // namespace lwlock::bench
