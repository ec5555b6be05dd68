// Scenario `buffer_mapping`: the main job. Forked backends replay a trace of a
// real PostgreSQL against a shared buffer-mapping table. Names:
//
//     buffer_mapping/<implementation>/trace:<name>/backends:<n>/pool:<pages>/partitions:<n>
//
// An implementation whose backends are threads of one process has the suffix
// `_threads` where it could do with processes too. lfht_threads is liburcu's
// lock-free hash table: no lock at all, but for threads only.

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bench/buffer_mapping/options.hpp"
#include "bench/buffer_mapping/run.hpp"
#include "bench/buffer_mapping/run_locked.hpp"
#include "bench/implementations/candidates.hpp"
#include "bench/support/program.hpp"
#include "bench/support/series.hpp"
#include "bench/support/shared_memory.hpp"
#include "bench/traces/trace.hpp"

namespace lwlock::bench {
namespace {

using RunJob = RunResult (*)(const RunPlan&);

std::vector<Candidate<RunJob>> all_candidates() {
    auto all = candidates_of<RunJob>(Implementations{},
                                     []<Implementation I>() -> RunJob { return run_locked<I>; });
    all.push_back({"lfht_threads", run_lock_free, Team::Kind::threads, true});
    return all;
}

/// Traces in memory that forked children share, loaded when first asked for.
class TraceStore {
  public:
    std::span<const Access> get(const std::string& name) {
        std::unique_ptr<SharedMemory>& memory = loaded_[name];
        if (memory == nullptr) {
            const std::vector<Access> accesses = load_trace(file_of(name)).accesses;
            memory = std::make_unique<SharedMemory>(accesses.size() * sizeof(Access));
            std::memcpy(memory->get(), accesses.data(), memory->size());
        }
        return {static_cast<const Access*>(memory->get()), memory->size() / sizeof(Access)};
    }

    static std::filesystem::path file_of(const std::string& name) {
        const bool is_path = name.find('/') != name.npos || name.find('.') != name.npos;
        return is_path ? std::filesystem::path(name)
                       : std::filesystem::path(LWLOCK_TRACE_FOLDER) / (name + ".csv.xz");
    }

  private:
    std::map<std::string, std::unique_ptr<SharedMemory>> loaded_;
};

/// Enough that every backend loses its CPU a few times while it works.
std::uint64_t lookups_for(unsigned backends) {
    return std::max<std::uint64_t>(4'000'000, backends * std::uint64_t{5'000});
}

Outcome outcome_of(const RunResult& result) {
    const Counts& counts = result.counts;
    const auto lookups = static_cast<double>(result.lookups.hits + result.lookups.misses);
    const auto number = [](std::uint64_t count) { return static_cast<double>(count); };
    return {.seconds = result.seconds,
            .counters = {
                {"lookups_per_second", lookups / result.seconds},
                {"lookups", lookups},
                {"hit_ratio", number(result.lookups.hits) / lookups},
                {"collisions", number(result.lookups.collisions)},
                {"retries", number(result.lookups.retries)},
                {"switches_per_lookup",
                 number(counts.voluntary_switches + counts.involuntary_switches) / lookups},
            }};
}

/// What only an observed run can tell.
Counters observations_of(const RunResult& result) {
    const Counts& counts = result.counts;
    const auto lookups = static_cast<double>(result.lookups.hits + result.lookups.misses);
    Counters counters{
        {"shared_waits_per_lookup", static_cast<double>(counts.shared_waits) / lookups},
        {"exclusive_waits_per_lookup", static_cast<double>(counts.exclusive_waits) / lookups},
        {"wait_p50_ns", result.wait_p50},
        {"wait_p90_ns", result.wait_p90},
        {"wait_p99_ns", result.wait_p99},
        {"wait_p99.9_ns", result.wait_p999},
        {"wait_max_ns", result.wait_longest},
    };
    if (result.system_calls) {
        counters["system_calls_per_lookup"] =
            static_cast<double>(result.system_calls->all) / lookups;
        counters["futex_calls_per_lookup"] =
            static_cast<double>(result.system_calls->futex) / lookups;
    }
    return counters;
}

void add_cases(std::vector<SeriesCase>& cases, const std::string& trace, RunPlan plan,
               const std::vector<Candidate<RunJob>>& candidates) {
    if (plan.lookups == 0) plan.lookups = lookups_for(plan.backends);
    for (const auto& candidate : candidates) {
        plan.kind = candidate.kind;
        cases.push_back(
            {.name = "buffer_mapping/" + candidate.name +
                     "/trace:" + std::filesystem::path(trace).filename().string() + "/backends:" +
                     std::to_string(plan.backends) + "/pool:" + std::to_string(plan.shape.pool) +
                     "/partitions:" + std::to_string(plan.shape.partitions),
             .steps = plan.lookups,
             .repeat = ObservedRepeats(candidate.run, plan, outcome_of, observations_of)});
    }
}

std::vector<SeriesCase> all_cases(const Options& options, TraceStore& traces,
                                  const std::vector<Candidate<RunJob>>& candidates) {
    std::vector<SeriesCase> cases;
    for (const std::string& trace : options.traces) {
        for (const unsigned backends : options.backends) {
            for (const std::uint32_t pool : options.pools) {
                for (const std::uint32_t partitions : options.partitions) {
                    add_cases(cases, trace,
                              {.trace = traces.get(trace),
                               .backends = backends,
                               .shape = {pool, partitions},
                               .lookups = options.lookups,
                               .patience = std::chrono::seconds(options.common.patience_seconds),
                               .progress = {},
                               .expected_misses = std::make_shared<ExpectedMisses>()},
                              candidates);
                }
            }
        }
    }
    return cases;
}

int run_main(int argc, char** argv) {
    TraceStore traces;
    return run_candidates(
        argc, argv, all_candidates(), parse_options,
        [&](const Options& options, const auto& candidates) {
            return all_cases(options, traces, candidates);
        },
        benchmark::kMillisecond);
}

}  // namespace
}  // namespace lwlock::bench

int main(int argc, char** argv) {
    return lwlock::bench::run_program("buffer_mapping",
                                      [&] { return lwlock::bench::run_main(argc, argv); });
}
