/// \file
/// Slow-path counters of a tranche. Always on: nothing is counted on a fast path.
/// They take the place of PostgreSQL's LWLOCK_STATS, which has to be compiled in.
#pragma once

#include <cstdint>
#include <type_traits>

#include "atomics/word.hpp"

namespace lwlock {

/// A reading of a tranche's counters, summed over all backends of the space.
struct TrancheStatistics {
    std::uint64_t shared_blocks = 0;      ///< shared acquisitions that slept at least once
    std::uint64_t exclusive_blocks = 0;   ///< exclusive acquisitions that slept at least once
    std::uint64_t wakes = 0;              ///< wake calls by releasers
    std::uint64_t wait_nanoseconds = 0;   ///< from the first sleep to the end of a wait, all kinds
    std::uint64_t spin_acquisitions = 0;  ///< that spinning saved from sleeping
    std::uint64_t handoffs = 0;           ///< acquisitions by a hungry waiter
    std::uint64_t timeouts = 0;           ///< waits that ended by their deadline
    std::uint64_t cancellations = 0;      ///< waits that were cancelled
    std::uint64_t revocations = 0;        ///< times that read bias was taken away
};

namespace detail {

/// The counters in the lock space: two cache lines a tranche.
struct alignas(64) TrancheCounters {
    atomics::Atomic64 shared_blocks;
    atomics::Atomic64 exclusive_blocks;
    atomics::Atomic64 wakes;
    atomics::Atomic64 wait_nanoseconds;
    atomics::Atomic64 spin_acquisitions;
    atomics::Atomic64 handoffs;
    atomics::Atomic64 timeouts;
    atomics::Atomic64 cancellations;
    atomics::Atomic64 revocations;
};
static_assert(sizeof(TrancheCounters) == 128);
static_assert(std::is_standard_layout_v<TrancheCounters>);

TrancheStatistics read_counters(const TrancheCounters& counters);

}  // namespace detail
}  // namespace lwlock
