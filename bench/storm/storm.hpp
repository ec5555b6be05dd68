/// \file
/// One storm: processes that are let go at once attach, scan a relation through
/// the buffer-mapping table, and leave.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <ostream>
#include <stdexcept>

#include "atomics/deadline.hpp"
#include "bench/buffer_mapping/locked_mapping.hpp"
#include "bench/buffer_mapping/run_locked.hpp"
#include "bench/buffer_mapping/verify.hpp"
#include "bench/implementations/implementation.hpp"
#include "bench/support/shared_memory.hpp"
#include "bench/support/team.hpp"
#include "lwlock/space.hpp"

namespace lwlock::bench {

struct StormPlan {
    unsigned processes;
    MappingShape shape;
    std::uint32_t blocks;  ///< of the relation; more than the pool has buffers
    Pages pages;
    std::chrono::seconds patience;
    std::function<void(std::uint64_t)> progress;  ///< gets the blocks read so far by all
};

struct StormResult {
    double seconds;          ///< from the start until the last process had left
    double slowest_process;  ///< seconds from its first step until it had left
    unsigned stood_still;    ///< processes that at some time got nothing done for a second
};

/// What a process notes down for the others to read.
struct alignas(64) StormRecord {
    atomics::Atomic64 nanoseconds;
    atomics::Atomic32 stood_still;
};

/// Reads every block once, all processes in the same order.
template <class Mapping>
void scan(const StormPlan& plan, Mapping& mapping, Session& base, StormRecord& record) {
    constexpr std::int64_t kStill = 1'000'000'000;
    MappingSession session{.base = base, .counts = {}};
    std::int64_t before = atomics::monotonic_now();
    for (std::uint32_t block = 0; block < plan.blocks; ++block) {
        const BufferTag tag{
            .space = 1663, .database = 5, .relation = 16384, .fork = 0, .block = block};
        const Lookup found = mapping.template lookup<false>(tag, session);
        if (mapping.pool().at(found.buffer).tag != tag) [[unlikely]] {
            throw std::runtime_error("a pinned buffer holds another page than the one looked up");
        }
        mapping.pool().unpin(found.buffer);
        const std::int64_t now = atomics::monotonic_now();
        if (now - before >= kStill) record.stood_still.store_relaxed(1);
        before = now;
        base.show_progress(block + 1);
    }
}

/// Throws std::runtime_error when a process fails, the storm hangs, which is
/// described on standard error, or the table is damaged afterwards.
template <Implementation I>
StormResult run_storm(const StormPlan& plan) {
    using Mapping = LockedMapping<I>;
    typename I::World world(plan.processes, Mapping::required_bytes(plan.shape), plan.pages);
    Mapping mapping(world.user_memory(), plan.shape);
    const SharedMemory memory(plan.processes * sizeof(StormRecord));
    auto* const records = static_cast<StormRecord*>(memory.get());

    const TeamWork work{.arrive = [](unsigned) {},
                        .work =
                            [&](unsigned number, Session& session) {
                                const std::int64_t begin = atomics::monotonic_now();
                                world.attach(number);
                                scan(plan, mapping, session, records[number]);
                                world.detach();
                                records[number].nanoseconds.store_relaxed(
                                    static_cast<std::uint64_t>(atomics::monotonic_now() - begin));
                            },
                        .leave = [] {}};
    TeamWatch watch{.at_start = {},
                    .at_finish = {},
                    .progress = plan.progress,
                    .patience = plan.patience,
                    .describe_locks = detail::describer_of<I>(world, mapping)};
    Team team(plan.processes, Team::Kind::processes);
    StormResult result{.seconds = team.run(work, watch), .slowest_process = 0, .stood_still = 0};
    for (unsigned number = 0; number < plan.processes; ++number) {
        const auto seconds = static_cast<double>(records[number].nanoseconds.load_relaxed()) / 1e9;
        result.slowest_process = std::max(result.slowest_process, seconds);
        result.stood_still += records[number].stood_still.load_relaxed();
    }
    detail::check_table<I>(world, mapping);
    return result;
}

}  // namespace lwlock::bench
