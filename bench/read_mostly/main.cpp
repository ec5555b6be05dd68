// Scenario `read_mostly`: backends read under one lock, with nothing between
// two acquisitions, and now and then one changes what they read. Names:
//
//     read_mostly/<implementation>/backends:<n>/exclusive:<percent>/critical:<ns>
//
// The time is that from one acquisition to the next, whoever makes it.

#include <string>
#include <vector>

#include "bench/implementations/candidates.hpp"
#include "bench/implementations/peers.hpp"
#include "bench/read_mostly/compete.hpp"
#include "bench/read_mostly/options.hpp"
#include "bench/support/program.hpp"
#include "bench/support/series.hpp"

namespace lwlock::bench {
namespace {

using HoldContest = ContestResult (*)(const Contest&);

template <Implementation I>
ContestResult read_together(const Contest& contest) {
    return hold_contest<I>(
        contest, [&](unsigned number, auto* locks, auto* data, Arena& arena, Session& session) {
            read_mostly<I>(contest, number, locks, data, arena, session);
        });
}

Outcome outcome_of(const ContestResult& result) {
    const auto acquisitions = static_cast<double>(result.acquisitions);
    return {.seconds = result.seconds / acquisitions,
            .counters = {{"acquisitions_per_second", acquisitions / result.seconds},
                         {"jain", result.jain}}};
}

std::vector<SeriesCase> all_cases(const ReadMostlyOptions& options,
                                  const std::vector<Candidate<HoldContest>>& candidates) {
    std::vector<SeriesCase> cases;
    for (const unsigned critical : options.critical) {
        for (const unsigned backends : options.backends) {
            for (const double exclusive : options.exclusive) {
                Contest contest{.backends = backends,
                                .exclusive = exclusive,
                                .locks = 1,
                                .critical = Work::lasting(critical),
                                .length = std::chrono::milliseconds(options.milliseconds),
                                .patience = std::chrono::seconds(options.common.patience_seconds)};
                for (const auto& candidate : candidates) {
                    contest.kind = candidate.kind;
                    cases.push_back({.name = "read_mostly/" + candidate.name +
                                             "/backends:" + std::to_string(backends) +
                                             "/exclusive:" + text_of(exclusive) +
                                             "/critical:" + std::to_string(critical),
                                     .steps = options.milliseconds,
                                     .repeat = [contest, hold = candidate.run](
                                                   const SeriesCase::Show& show) mutable {
                                         contest.progress = show;
                                         return outcome_of(hold(contest));
                                     }});
                }
            }
        }
    }
    return cases;
}

int run_main(int argc, char** argv) {
    const auto candidates = candidates_of<HoldContest>(
        AllImplementations{}, []<Implementation I>() -> HoldContest { return read_together<I>; });
    return run_candidates(argc, argv, candidates, parse_read_mostly, all_cases,
                          benchmark::kNanosecond);
}

}  // namespace
}  // namespace lwlock::bench

int main(int argc, char** argv) {
    return lwlock::bench::run_program("read_mostly",
                                      [&] { return lwlock::bench::run_main(argc, argv); });
}
