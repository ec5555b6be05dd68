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
#include "bench/storm/storm.hpp"
#include "bench/support/command_line.hpp"
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

struct Options {
    CommonOptions common{.implementations = {}, .patience_seconds = 60, .for_google_benchmark = {}};
    std::vector<std::string> pages = {"standard", "huge"};
    unsigned processes = 2000;
    std::uint32_t pool = 3072;
    std::uint32_t blocks = 3584;
    std::uint32_t partitions = 128;
};

Options parse(int argc, char** argv, const std::vector<std::string>& implementations) {
    Options options;
    CommandLine line(
        "Lets many processes at once attach, scan a relation larger than the pool, and leave.",
        options.common, implementations);
    CLI::App& app = line.app();
    app.add_option("--pages", options.pages, "what the shared memory consists of")
        ->check(CLI::IsMember({"standard", "huge"}));
    app.add_option("-p,--processes", options.processes, "how many")->check(CLI::Range(1, 10'000));
    app.add_option("--pool", options.pool, "buffers, one at least for each process to pin")
        ->check(CLI::Range(1, 1 << 24));
    app.add_option("--blocks", options.blocks, "of the relation")->check(CLI::Range(1, 1 << 24));
    app.add_option("--partitions", options.partitions, "locks of the table")
        ->check(CLI::IsMember({1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}));
    line.parse(argc, argv);
    if (options.pool < options.processes) {
        throw std::runtime_error("--pool is " + std::to_string(options.pool) +
                                 "; it needs a buffer for each of --processes " +
                                 std::to_string(options.processes));
    }
    return options;
}

SeriesCase case_of(const Candidate<RunStorm>& candidate, const std::string& pages,
                   const Options& options) {
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

std::vector<SeriesCase> all_cases(const Options& options,
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
    return run_candidates(argc, argv, all_candidates(), parse, all_cases, benchmark::kMillisecond);
}

}  // namespace
}  // namespace lwlock::bench

int main(int argc, char** argv) {
    return lwlock::bench::run_program("storm", [&] { return lwlock::bench::run_main(argc, argv); });
}
