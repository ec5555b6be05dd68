// Scenario `storm`: the workload in which servers hung when huge pages met a
// kernel that got the futex key wrong. Names:
//
//     storm/<implementation>/pages:<standard|huge>/processes:<n>/pool:<n>/blocks:<n>
//
// The time is that from the common start of all processes until the last one
// has left. A run that hangs is an error and makes the program fail.

#include <benchmark/benchmark.h>

#include <string>
#include <type_traits>
#include <vector>

#include "bench/implementations/candidates.hpp"
#include "bench/implementations/plain_world.hpp"
#include "bench/implementations/registry.hpp"
#include "bench/storm/options.hpp"
#include "bench/storm/storm.hpp"
#include "bench/support/program.hpp"
#include "bench/support/series.hpp"

namespace lwlock::bench {
namespace {

using RunStorm = StormResult (*)(const StormPlan&);

// Those that keep something for each backend.
std::vector<Candidate<RunStorm>> all_candidates() {
    std::vector<Candidate<RunStorm>> all;
    for_each_implementation([&]<Implementation I>() {
        if constexpr (!std::is_same_v<typename I::World, PlainWorld>) {
            all.push_back({I::kName, run_storm<I>, Team::Kind::processes, true});
        }
    });
    return all;
}

SeriesCase case_of(const Candidate<RunStorm>& candidate, const std::string& pages,
                   const StormOptions& options) {
    StormPlan plan{.processes = options.processes,
                   .shape = {options.pool, options.partitions},
                   .blocks = options.blocks,
                   .pages = pages == "huge" ? Pages::huge : Pages::standard,
                   .patience = std::chrono::seconds(options.common.patience_seconds),
                   .progress = {}};
    return {.name = "storm/" + candidate.name + "/pages:" + pages + "/processes:" +
                    std::to_string(options.processes) + "/pool:" + std::to_string(options.pool) +
                    "/blocks:" + std::to_string(options.blocks),
            .steps = std::uint64_t{plan.processes} * plan.blocks,
            .repeat = [candidate, plan](const SeriesCase::Show& show) mutable {
                plan.progress = show;
                const StormResult result = candidate.run(plan);
                return Outcome{
                    .seconds = result.seconds,
                    .counters = {{"slowest_process_s", result.slowest_process},
                                 {"stood_still", static_cast<double>(result.stood_still)}}};
            }};
}

std::vector<SeriesCase> all_cases(const StormOptions& options,
                                  const std::vector<Candidate<RunStorm>>& candidates) {
    std::vector<SeriesCase> cases;
    for (const std::string& pages : options.pages) {
        for (const auto& candidate : candidates) {
            cases.push_back(case_of(candidate, pages, options));
        }
    }
    return cases;
}

int run_main(int argc, char** argv) {
    return run_candidates(argc, argv, all_candidates(), parse_storm, all_cases,
                          benchmark::kMillisecond);
}

}  // namespace
}  // namespace lwlock::bench

int main(int argc, char** argv) {
    return lwlock::bench::run_program("storm", [&] { return lwlock::bench::run_main(argc, argv); });
}
