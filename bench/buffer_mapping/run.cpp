#include "bench/buffer_mapping/run.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "bench/support/system_calls.hpp"

namespace lwlock::bench {

TeamWatch watch_of(const RunPlan& plan) {
    TeamWatch watch;
    watch.progress = plan.progress;
    watch.patience = plan.patience;
    return watch;
}

void populate(const void* memory, std::size_t bytes) {
    const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    const auto first = reinterpret_cast<std::uintptr_t>(memory) & ~(page - 1);
    const auto last = reinterpret_cast<std::uintptr_t>(memory) + bytes;
    // Kernels before 5.14 do not know the advice; page faults then count as work.
    madvise(reinterpret_cast<void*>(first), last - first, MADV_POPULATE_WRITE);
}

RunResult run_team(const RunPlan& plan, Team::Kind kind, const TeamWork& work,
                   const TeamWatch& watch) {
    Team team(plan.backends, kind);
    TeamWork with_trace = work;
    with_trace.arrive = [&](unsigned number) {
        const std::uint64_t first = first_access(plan, number);
        const std::uint64_t until_end =
            std::min<std::uint64_t>(plan.share(), plan.trace.size() - first);
        populate(&plan.trace[first], until_end * sizeof(Access));
        work.arrive(number);
    };
    RunResult result{};
    std::optional<SystemCallCounter> counter;
    TeamWatch counting = watch;
    if (plan.observed) {
        counting.at_start = [&] { counter.emplace(); };
        counting.at_finish = [&] { result.system_calls = counter->count(); };
    }
    result.seconds = team.run(with_trace, counting);
    result.counts = team.counts();
    if (!plan.observed) return result;
    const auto nanoseconds = [&](double fraction) {
        return static_cast<double>(team.wait_times().percentile(fraction)) * 1e9 /
               team.ticks_per_second();
    };
    result.wait_p50 = nanoseconds(0.5);
    result.wait_p90 = nanoseconds(0.9);
    result.wait_p99 = nanoseconds(0.99);
    result.wait_p999 = nanoseconds(0.999);
    result.wait_longest = nanoseconds(1);
    return result;
}

}  // namespace lwlock::bench
