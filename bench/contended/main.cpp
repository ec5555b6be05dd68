// Scenario `contended`: backends compete for locks. Names:
//
//     contended/<implementation>/backends:<n>/exclusive:<percent>/locks:<n>/critical:<ns>/outside:<ns>
//
// The time is that from one acquisition to the next, whoever makes it. An
// implementation whose backends are threads of one process has the suffix
// `_threads` where it could do with processes too.

#include <string>
#include <vector>

#include "bench/contended/compete.hpp"
#include "bench/contended/options.hpp"
#include "bench/implementations/candidates.hpp"
#include "bench/implementations/peers.hpp"
#include "bench/support/program.hpp"
#include "bench/support/series.hpp"

namespace lwlock::bench {
namespace {

template <Implementation I>
ContestResult contend(const Contest& contest) {
    return hold_contest<I>(
        contest, [&](unsigned number, auto* locks, auto* data, Arena& arena, Session& session) {
            (contest.observed ? compete<I, true> : compete<I, false>)(contest, number, locks, data,
                                                                      arena, session);
        });
}

using HoldContest = ContestResult (*)(const Contest&);

Outcome outcome_of(const ContestResult& result) {
    const auto acquisitions = static_cast<double>(result.acquisitions);
    return {
        .seconds = result.seconds / acquisitions,
        .counters = {
            {"acquisitions_per_second", acquisitions / result.seconds},
            {"jain", result.jain},
            {"voluntary_switches_per_acquisition", result.voluntary_switches / acquisitions},
            {"involuntary_switches_per_acquisition", result.involuntary_switches / acquisitions}}};
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
            static_cast<double>(result.system_calls->all) / acquisitions;
        counters["futex_calls_per_acquisition"] =
            static_cast<double>(result.system_calls->futex) / acquisitions;
    }
    return counters;
}

void add_cases(std::vector<SeriesCase>& cases, const ContendedOptions& options,
               const std::vector<Candidate<HoldContest>>& candidates, unsigned critical,
               unsigned outside, Contest contest) {
    contest.critical = Work::lasting(critical);
    contest.outside = Work::lasting(outside);
    contest.length = std::chrono::milliseconds(options.milliseconds);
    contest.patience = std::chrono::seconds(options.common.patience_seconds);
    for (const auto& candidate : candidates) {
        contest.kind = candidate.kind;
        cases.push_back(
            {.name = "contended/" + candidate.name + "/backends:" +
                     std::to_string(contest.backends) + "/exclusive:" + text_of(contest.exclusive) +
                     "/locks:" + std::to_string(contest.locks) + "/critical:" +
                     std::to_string(critical) + "/outside:" + std::to_string(outside),
             .steps = options.milliseconds,
             .repeat = ObservedRepeats(candidate.run, contest, outcome_of, observations_of)});
    }
}

std::vector<SeriesCase> all_cases(const ContendedOptions& options,
                                  const std::vector<Candidate<HoldContest>>& candidates) {
    std::vector<SeriesCase> cases;
    for (const unsigned locks : options.locks) {
        for (const unsigned backends : options.backends) {
            for (const double exclusive : options.exclusive) {
                for (const unsigned critical : options.critical) {
                    for (const unsigned outside : options.outside) {
                        add_cases(cases, options, candidates, critical, outside,
                                  {.backends = backends, .exclusive = exclusive, .locks = locks});
                    }
                }
            }
        }
    }
    return cases;
}

int run_main(int argc, char** argv) {
    const auto candidates = candidates_of<HoldContest>(
        AllImplementations{}, []<Implementation I>() -> HoldContest { return contend<I>; });
    return run_candidates(argc, argv, candidates, parse_contended, all_cases,
                          benchmark::kNanosecond);
}

}  // namespace
}  // namespace lwlock::bench

int main(int argc, char** argv) {
    return lwlock::bench::run_program("contended",
                                      [&] { return lwlock::bench::run_main(argc, argv); });
}
