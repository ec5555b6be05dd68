// Scenario `buffer_mapping`: the main job. Forked backends replay a trace of a
// real PostgreSQL against a shared buffer-mapping table. Names:
//
//     buffer_mapping/<implementation>/trace:<name>/backends:<n>/pool:<pages>/partitions:<n>
//
// An implementation whose backends are threads of one process has the suffix
// `_threads` where it could do with processes too. lfht_threads is liburcu's
// lock-free hash table: no lock at all, but for threads only.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/buffer_mapping/options.hpp"
#include "bench/buffer_mapping/run.hpp"
#include "bench/buffer_mapping/run_locked.hpp"
#include "bench/implementations/registry.hpp"
#include "bench/support/google_benchmark.hpp"
#include "bench/support/progress.hpp"
#include "bench/support/shared_memory.hpp"
#include "bench/traces/trace.hpp"

namespace lwlock::bench {
namespace {

/// A way to do the job, under its name.
struct Candidate {
    std::string name;
    RunResult (*run)(const RunPlan&);
    bool by_default;
};

std::vector<Candidate> all_candidates() {
    std::vector<Candidate> all;
    for_each_implementation([&]<Implementation I>() {
        if constexpr (I::kExcludes) {
            constexpr auto kThreads = run_locked<I, Team::Kind::threads>;
            if constexpr (I::kProcesses) {
                all.push_back({I::kName, run_locked<I, Team::Kind::processes>, true});
                all.push_back({std::string(I::kName) + "_threads", kThreads, false});
            } else {
                all.push_back({I::kName, kThreads, true});
            }
        }
    });
    all.push_back({"lfht_threads", run_lock_free, true});
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

/// What the benchmark functions share.
struct Series {
    Options options;
    TraceStore traces;
    std::unique_ptr<Progress> progress;
    /// What observed runs told, by the case's name.
    std::map<std::string, std::map<std::string, double>> observed;
    bool failed = false;
};

struct Case {
    Candidate candidate;
    std::string trace;
    unsigned backends;
    MappingShape shape;

    std::string name() const {
        return "buffer_mapping/" + candidate.name +
               "/trace:" + std::filesystem::path(trace).filename().string() +
               "/backends:" + std::to_string(backends) + "/pool:" + std::to_string(shape.pool) +
               "/partitions:" + std::to_string(shape.partitions);
    }
};

/// Enough that every backend loses its CPU a few times while it works.
std::uint64_t lookups_for(unsigned backends) {
    return std::max<std::uint64_t>(4'000'000, backends * std::uint64_t{5'000});
}

using Counters = std::map<std::string, double>;

Counters counters_of(const RunResult& result) {
    const Counts& counts = result.counts;
    const auto lookups = static_cast<double>(result.lookups.hits + result.lookups.misses);
    const auto number = [](std::uint64_t count) { return static_cast<double>(count); };
    return {
        {"lookups_per_second", lookups / result.seconds},
        {"lookups", lookups},
        {"hit_ratio", number(result.lookups.hits) / lookups},
        {"collisions", number(result.lookups.collisions)},
        {"retries", number(result.lookups.retries)},
        {"switches_per_lookup",
         number(counts.voluntary_switches + counts.involuntary_switches) / lookups},
    };
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
        counters["system_calls_per_lookup"] = static_cast<double>(*result.system_calls) / lookups;
    }
    return counters;
}

/// One repetition: a run that is timed, and the first time another one that is observed.
void repeat(benchmark::State& state, const Case& what, Series& series) {
    RunPlan plan{.trace = series.traces.get(what.trace),
                 .backends = what.backends,
                 .shape = what.shape,
                 .lookups = series.options.lookups,
                 .patience = std::chrono::seconds(series.options.patience_seconds),
                 .progress = [&](std::uint64_t done) { series.progress->show(done); }};
    if (plan.lookups == 0) plan.lookups = lookups_for(plan.backends);

    series.progress->start_run(what.name(), plan.lookups);
    const RunResult timed = what.candidate.run(plan);
    state.SetIterationTime(timed.seconds);
    Counters& observed = series.observed[what.name()];
    if (observed.empty()) {
        plan.observed = true;
        observed = observations_of(what.candidate.run(plan));
    }
    Counters counters = counters_of(timed);
    counters.insert(observed.begin(), observed.end());
    for (const auto& [name, value] : counters) state.counters[name] = value;
}

void run_case(benchmark::State& state, const Case& what, Series& series) {
    for (auto _ : state) {
        try {
            repeat(state, what, series);
        } catch (const std::exception& error) {
            series.failed = true;
            state.SkipWithError(error.what());
        }
        series.progress->clear();
    }
}

unsigned register_cases(const std::vector<Candidate>& candidates, Series& series) {
    const Options& options = series.options;
    const auto wanted = [&](const Candidate& candidate) {
        const std::vector<std::string>& named = options.implementations;
        return named.empty() ? candidate.by_default
                             : std::count(named.begin(), named.end(), candidate.name) > 0;
    };
    unsigned cases = 0;
    for (const std::string& trace : options.traces) {
        for (const unsigned backends : options.backends) {
            for (const std::uint32_t pool : options.pools) {
                for (const std::uint32_t partitions : options.partitions) {
                    for (const Candidate& candidate : candidates) {
                        if (!wanted(candidate)) continue;
                        const Case what{candidate, trace, backends, {pool, partitions}};
                        benchmark::RegisterBenchmark(what.name().c_str(),
                                                     [what, &series](benchmark::State& state) {
                                                         run_case(state, what, series);
                                                     })
                            ->Iterations(1)
                            ->UseManualTime()
                            ->Unit(benchmark::kMillisecond);
                        ++cases;
                    }
                }
            }
        }
    }
    return cases;
}

int run_main(int argc, char** argv) {
    const std::vector<Candidate> candidates = all_candidates();
    std::vector<std::string> names;
    for (const Candidate& candidate : candidates) names.push_back(candidate.name);

    Series series;
    series.options = parse_options(argc, argv, names);
    for (const std::string& trace : series.options.traces) series.traces.get(trace);
    const unsigned cases = register_cases(candidates, series);
    const std::vector<std::string>& others = series.options.for_google_benchmark;
    series.progress = std::make_unique<Progress>(cases * repetitions_in(others));

    if (!run_google_benchmark(argc, argv, others)) return 2;
    return series.failed ? 1 : 0;
}

}  // namespace
}  // namespace lwlock::bench

int main(int argc, char** argv) {
    try {
        return lwlock::bench::run_main(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "buffer_mapping: " << error.what() << "\n";
        return 1;
    }
}
