/// \file
/// How many lookups have to miss: what every implementation must come to, since the
/// locks decide how fast the mapping is, and not what is in it.
#pragma once

#include <cstdint>
#include <optional>

#include "bench/buffer_mapping/lookup.hpp"

namespace lwlock::bench {

struct RunPlan;

struct MissRange {
    std::uint64_t fewest;
    std::uint64_t most;
};

/// The misses that a plan may have, by a model of pool and clock sweep that shares nothing
/// with the mapping. While the pool has room for every page of the trace, each of
/// these misses once, in whatever order they are looked up. Otherwise the order has a
/// part in what is evicted. It is the scheduler's choice, between backends that take turns
/// lookup by lookup and those that run one after the other: the model tries both,
/// and turns in between. None of these is an extreme: turns as long as time slices may
/// hit more often than both. Misses may be beyond what these give by a tenth, since
/// backends get ahead of each other in more ways: 4 % were seen. In both cases they may
/// be by one for each collision and retry, which only concurrent lookups have.
class ExpectedMisses {
  public:
    /// Throws std::runtime_error unless a run of the plan may have these counts. The
    /// plan is the same with every call.
    void check(const RunPlan& plan, const LookupCounts& counts);

  private:
    std::optional<MissRange> range_;
};

}  // namespace lwlock::bench
