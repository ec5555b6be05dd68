// Scenario `contended`: backends compete for locks. Names:
//
//     contended/<implementation>/backends:<n>/exclusive:<percent>/locks:<n>/critical:<ns>/outside:<ns>
//
// The time is that from one acquisition to the next, whoever makes it. An
// implementation whose backends are threads of one process has the suffix
// `_threads` where it could do with processes too.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "bench/contended/options.hpp"
#include "bench/contended/run.hpp"
#include "bench/implementations/registry.hpp"
#include "bench/support/affinity.hpp"
#include "bench/support/google_benchmark.hpp"
#include "bench/support/progress.hpp"
#include "bench/support/shared_memory.hpp"

namespace lwlock::bench {
namespace {

template <Implementation I, Team::Kind kKind>
ContestResult hold_contest(const Contest& contest) {
    const std::size_t lock_bytes = contest.locks * sizeof(LonelyLock<I>);
    typename I::World world(contest.backends, lock_bytes + contest.locks * sizeof(Protected));
    auto* locks = static_cast<LonelyLock<I>*>(world.user_memory());
    auto* data = reinterpret_cast<Protected*>(locks + contest.locks);
    for (unsigned number = 0; number < contest.locks; ++number) I::init(locks[number].lock);
    const SharedMemory memory(Arena::required_bytes(contest.backends));
    Arena& arena = *static_cast<Arena*>(memory.get());

    return run_contest(
        contest, kKind, arena,
        {.arrive =
             [&](unsigned number) {
                 spread_over_processors(number, contest.backends);
                 world.attach(number);
             },
         .work =
             [&](unsigned number, Session& session) {
                 (contest.observed ? compete<I, true> : compete<I, false>)(contest, number, locks,
                                                                           data, arena, session);
             },
         .leave = [&] { world.detach(); }},
        {});
}

/// An implementation with a kind of backends.
struct Candidate {
    std::string name;
    ContestResult (*run)(const Contest&);
    bool by_default;
};

std::vector<Candidate> all_candidates() {
    std::vector<Candidate> all;
    for_each_implementation([&]<Implementation I>() {
        if constexpr (I::kExcludes) {
            constexpr auto kThreads = hold_contest<I, Team::Kind::threads>;
            if constexpr (I::kProcesses) {
                all.push_back({I::kName, hold_contest<I, Team::Kind::processes>, true});
                all.push_back({std::string(I::kName) + "_threads", kThreads, false});
            } else {
                all.push_back({I::kName, kThreads, true});
            }
        }
    });
    return all;
}

/// What the benchmark functions share.
struct Series {
    ContendedOptions options;
    std::unique_ptr<Progress> progress;
    /// What observed runs told, by the case's name.
    std::map<std::string, std::map<std::string, double>> observed;
    bool failed = false;
};

struct Case {
    Candidate candidate;
    unsigned backends;
    unsigned exclusive;
    unsigned locks;
    unsigned critical;
    unsigned outside;

    std::string name() const {
        return "contended/" + candidate.name + "/backends:" + std::to_string(backends) +
               "/exclusive:" + std::to_string(exclusive) + "/locks:" + std::to_string(locks) +
               "/critical:" + std::to_string(critical) + "/outside:" + std::to_string(outside);
    }
};

using Counters = std::map<std::string, double>;

Counters counters_of(const ContestResult& result) {
    const auto acquisitions = static_cast<double>(result.acquisitions);
    return {{"acquisitions_per_second", acquisitions / result.seconds},
            {"jain", result.jain},
            {"voluntary_switches_per_acquisition", result.voluntary_switches / acquisitions},
            {"involuntary_switches_per_acquisition", result.involuntary_switches / acquisitions}};
}

/// What only an observed run can tell.
Counters observations_of(const ContestResult& result) {
    const auto acquisitions = static_cast<double>(result.acquisitions);
    Counters counters{{"waits_per_acquisition", static_cast<double>(result.waits) / acquisitions},
                      {"wait_p50_ns", result.wait_p50},
                      {"wait_p99_ns", result.wait_p99},
                      {"wait_p99.9_ns", result.wait_p999},
                      {"wait_max_ns", result.wait_longest}};
    if (result.system_calls) {
        counters["system_calls_per_acquisition"] =
            static_cast<double>(*result.system_calls) / acquisitions;
    }
    return counters;
}

/// One repetition: a run that is timed, and the first time another one that is observed.
void repeat(benchmark::State& state, const Case& what, Series& series) {
    const ContendedOptions& options = series.options;
    Contest contest{.backends = what.backends,
                    .exclusive = what.exclusive,
                    .locks = what.locks,
                    .critical = Work::lasting(what.critical),
                    .outside = Work::lasting(what.outside),
                    .length = std::chrono::milliseconds(options.milliseconds),
                    .patience = std::chrono::seconds(options.patience_seconds),
                    .progress = [&](std::uint64_t passed) { series.progress->show(passed); }};
    series.progress->start_run(what.name(), options.milliseconds);
    const ContestResult timed = what.candidate.run(contest);
    state.SetIterationTime(timed.seconds / static_cast<double>(timed.acquisitions));
    Counters& observed = series.observed[what.name()];
    if (observed.empty()) {
        contest.observed = true;
        observed = observations_of(what.candidate.run(contest));
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

std::vector<Case> all_cases(const ContendedOptions& options,
                            const std::vector<Candidate>& candidates) {
    const auto wanted = [&](const Candidate& candidate) {
        const std::vector<std::string>& named = options.implementations;
        return named.empty() ? candidate.by_default
                             : std::count(named.begin(), named.end(), candidate.name) > 0;
    };
    std::vector<Case> cases;
    for (const unsigned locks : options.locks) {
        for (const unsigned backends : options.backends) {
            for (const unsigned exclusive : options.exclusive) {
                for (const unsigned critical : options.critical) {
                    for (const unsigned outside : options.outside) {
                        for (const Candidate& candidate : candidates) {
                            if (!wanted(candidate)) continue;
                            cases.push_back(
                                {candidate, backends, exclusive, locks, critical, outside});
                        }
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
    series.options = parse_contended(argc, argv, names);
    const std::vector<Case> cases = all_cases(series.options, candidates);
    const std::vector<std::string>& others = series.options.for_google_benchmark;
    series.progress =
        std::make_unique<Progress>(static_cast<unsigned>(cases.size()) * repetitions_in(others));
    for (const Case& what : cases) {
        benchmark::RegisterBenchmark(
            what.name().c_str(),
            [what, &series](benchmark::State& state) { run_case(state, what, series); })
            ->Iterations(1)
            ->UseManualTime();
    }
    if (!run_google_benchmark(argc, argv, others)) return 2;
    return series.failed ? 1 : 0;
}

}  // namespace
}  // namespace lwlock::bench

int main(int argc, char** argv) {
    try {
        return lwlock::bench::run_main(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "contended: " << error.what() << "\n";
        return 1;
    }
}
