/// \file
/// One run of the main job: a trace replayed by many backends against one
/// buffer-mapping table, and what came of it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>

#include "bench/buffer_mapping/expected_misses.hpp"
#include "bench/buffer_mapping/lookup.hpp"
#include "bench/buffer_mapping/shape.hpp"
#include "bench/support/system_calls.hpp"
#include "bench/support/team.hpp"
#include "bench/traces/trace.hpp"

namespace lwlock::bench {

struct RunPlan {
    std::span<const Access> trace;  ///< in memory that forked children share
    unsigned backends;
    Team::Kind kind = Team::Kind::processes;  ///< of the backends
    MappingShape shape;
    std::uint64_t lookups;  ///< by all backends together; rounded up to equal shares
    /// Time the waits and count the system calls. That takes its time, so the
    /// run's speed means nothing then.
    bool observed = false;
    std::chrono::seconds patience;
    std::function<void(std::uint64_t)> progress;  ///< gets the lookups done so far
    /// Shared by the implementations; may be null.
    std::shared_ptr<ExpectedMisses> expected_misses;

    std::uint64_t share() const { return (lookups + backends - 1) / backends; }
};

struct RunResult {
    double seconds;  ///< from the common start until the last backend was done
    LookupCounts lookups;
    Counts counts;
    // The rest is known of observed runs only.
    std::optional<SystemCalls> system_calls;  ///< nothing where the kernel does not count them
    double wait_p50;                          ///< nanoseconds, of the acquisitions that waited
    double wait_p90;
    double wait_p99;
    double wait_p999;
    double wait_longest;
};

/// Where a backend begins in the trace: the recorded backends stand in it one
/// after the other, and the replaying ones are spread evenly over all of that.
inline std::uint64_t first_access(const RunPlan& plan, unsigned backend) {
    return plan.trace.size() * backend / plan.backends;
}

inline BufferTag tag_of(const Access& access) {
    return {.space = 1663,
            .database = 5,
            .relation = access.relation,
            .fork = access.fork,
            .block = access.block};
}

/// A backend's work: its share of the lookups, from its place in the trace on,
/// round and round.
template <bool kObserved, class Mapping>
LookupCounts replay(const RunPlan& plan, unsigned backend, Mapping& mapping, Session& base) {
    constexpr std::uint64_t kShowEvery = 256;
    const std::span<const Access> trace = plan.trace;
    MappingSession session{.base = base, .counts = {}};
    std::uint64_t at = first_access(plan, backend);
    const std::uint64_t share = plan.share();
    for (std::uint64_t done = 0; done < share; ++done) {
        const Access& access = trace[at];
        if (++at == trace.size()) at = 0;
        const BufferTag tag = tag_of(access);
        const Lookup found = mapping.template lookup<kObserved>(tag, session);
        if (mapping.pool().at(found.buffer).tag != tag) [[unlikely]] {
            throw std::runtime_error("a pinned buffer holds another page than the one looked up");
        }
        mapping.pool().unpin(found.buffer);
        session.counts.hits += found.hit ? 1 : 0;
        if (done % kShowEvery == 0) base.show_progress(done);
    }
    session.counts.misses = share - session.counts.hits;
    base.show_progress(share);
    return session.counts;
}

using Replay = std::function<LookupCounts(unsigned, Session&)>;

/// replay() as the plan wants it.
template <class Mapping>
Replay replay_of(const RunPlan& plan, Mapping& mapping) {
    return [&](unsigned backend, Session& session) {
        return (plan.observed ? replay<true, Mapping> : replay<false, Mapping>)(plan, backend,
                                                                                mapping, session);
    };
}

/// What a mapping adds to a run.
struct MappingWork {
    std::function<void(unsigned)> arrive;  ///< as in TeamWork
    Replay replay;
    std::function<void()> leave;
    std::function<void(std::ostream&)> describe_locks;  ///< as in TeamWatch; may be empty
};

/// Runs a team of the plan's size and sums up. The table is left to the caller.
/// Throws std::runtime_error when more or fewer lookups miss than the plan explains.
RunResult run_team(const RunPlan& plan, const MappingWork& work);

/// Maps the memory now, so that a backend takes no page faults while it is timed.
void populate(const void* memory, std::size_t bytes);

/// Runs the plan with threads and a lock-free hash table (liburcu's cds_lfht)
/// instead of partitions and their locks, and verifies the table.
RunResult run_lock_free(const RunPlan& plan);

}  // namespace lwlock::bench
