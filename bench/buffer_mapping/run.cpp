#include "bench/buffer_mapping/run.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "bench/support/shared_memory.hpp"

namespace lwlock::bench {

void populate(const void* memory, std::size_t bytes) {
    const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    const auto first = reinterpret_cast<std::uintptr_t>(memory) & ~(page - 1);
    const auto last = reinterpret_cast<std::uintptr_t>(memory) + bytes;
    // Kernels before 5.14 do not know the advice; page faults then count as work.
    madvise(reinterpret_cast<void*>(first), last - first, MADV_POPULATE_WRITE);
}

namespace {

void describe_waits(const Team& team, RunResult& result) {
    result.wait_p50 = team.wait_nanoseconds(0.5);
    result.wait_p90 = team.wait_nanoseconds(0.9);
    result.wait_p99 = team.wait_nanoseconds(0.99);
    result.wait_p999 = team.wait_nanoseconds(0.999);
    result.wait_longest = team.wait_nanoseconds(1);
}

/// The part of the trace that a backend comes to before it turns round.
std::span<const Access> own_part(const RunPlan& plan, unsigned backend) {
    const std::uint64_t first = first_access(plan, backend);
    return plan.trace.subspan(first, std::min(plan.share(), plan.trace.size() - first));
}

}  // namespace

RunResult run_team(const RunPlan& plan, const MappingWork& work) {
    const SharedMemory memory(plan.backends * sizeof(LookupCounts));
    auto* const counts = static_cast<LookupCounts*>(memory.get());
    RunResult result{};
    std::optional<SystemCallCounter> counter;

    TeamWork team_work{
        .arrive =
            [&](unsigned number) {
                const std::span<const Access> part = own_part(plan, number);
                populate(part.data(), part.size_bytes());
                work.arrive(number);
            },
        .work = [&](unsigned number,
                    Session& session) { counts[number] = work.replay(number, session); },
        .leave = work.leave};
    TeamWatch watch;
    watch.progress = plan.progress;
    watch.patience = plan.patience;
    watch.describe_locks = work.describe_locks;
    if (plan.observed) {
        watch.at_start = [&] { counter.emplace(); };
        watch.at_finish = [&] { result.system_calls = counter->count(); };
    }

    Team team(plan.backends, plan.kind);
    result.seconds = team.run(team_work, watch);
    result.counts = team.counts();
    for (unsigned number = 0; number < plan.backends; ++number) result.lookups += counts[number];
    if (plan.expected_misses) plan.expected_misses->check(plan, result.lookups);
    if (plan.observed) describe_waits(team, result);
    return result;
}

}  // namespace lwlock::bench
