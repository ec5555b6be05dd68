// Scenario `wakeup`: one backend holds a lock until all others sleep for it,
// and releases. Names:
//
//     wakeup/<implementation>/queued:<who>/waiters:<n>
//
// The time is what the release takes its caller. Locks that only spin are left
// out: nobody sleeps for them.

#include <algorithm>
#include <string>
#include <vector>

#include "bench/implementations/candidates.hpp"
#include "bench/support/program.hpp"
#include "bench/support/quantile.hpp"
#include "bench/support/series.hpp"
#include "bench/wakeup/options.hpp"
#include "bench/wakeup/run.hpp"

namespace lwlock::bench {
namespace {

using WakeUp = std::vector<Round> (*)(const WakeupPlan&);

/// Of what one member of all rounds says.
double of_rounds(const std::vector<Round>& rounds, std::uint64_t Round::*what, double fraction) {
    std::vector<std::uint64_t> values;
    for (const Round& round : rounds) values.push_back(round.*what);
    std::sort(values.begin(), values.end());
    return quantile(values, fraction);
}

Outcome outcome_of(const std::vector<Round>& rounds, const WakeupPlan& plan) {
    const auto median = [&](std::uint64_t Round::*what) { return of_rounds(rounds, what, 0.5); };
    Outcome outcome{.seconds = median(&Round::released) / 1e9,
                    .counters = {{"release_ns", median(&Round::released)},
                                 {"release_p95_ns", of_rounds(rounds, &Round::released, 0.95)},
                                 {"first_runs_ns", median(&Round::first)},
                                 {"all_ran_ns", median(&Round::last)}}};
    if (plan.queued == Queued::exclusive) {
        outcome.counters["hand_over_ns"] = median(&Round::last) / plan.waiters;
    }
    if (plan.queued == Queued::exclusive_behind_shared) {
        outcome.counters["exclusive_runs_ns"] = median(&Round::latecomer);
    }
    return outcome;
}

/// Fewer where a round takes long.
unsigned rounds_for(unsigned waiters) { return std::clamp(20'000 / waiters, 10u, 500u); }

Queued parsed(const std::string& queued) {
    if (queued == "shared") return Queued::shared;
    return queued == "exclusive" ? Queued::exclusive : Queued::exclusive_behind_shared;
}

std::vector<SeriesCase> all_cases(const WakeupOptions& options,
                                  const std::vector<Candidate<WakeUp>>& candidates) {
    std::vector<SeriesCase> cases;
    for (const std::string& queued : options.queued) {
        for (const unsigned waiters : options.waiters) {
            WakeupPlan plan{.queued = parsed(queued),
                            .waiters = waiters,
                            .rounds = options.rounds != 0 ? options.rounds : rounds_for(waiters),
                            .patience = std::chrono::seconds(options.common.patience_seconds)};
            for (const auto& candidate : candidates) {
                plan.kind = candidate.kind;
                cases.push_back({.name = "wakeup/" + candidate.name + "/queued:" + queued +
                                         "/waiters:" + std::to_string(waiters),
                                 .steps = plan.rounds,
                                 .repeat = [plan, wake_up = candidate.run](
                                               const SeriesCase::Show& show) mutable {
                                     plan.progress = show;
                                     return outcome_of(wake_up(plan), plan);
                                 }});
            }
        }
    }
    return cases;
}

int run_main(int argc, char** argv) {
    const auto candidates = candidates_of<WakeUp>(
        Implementations{}, []<Implementation I>() -> WakeUp { return wake_up<I>; });
    return run_candidates(argc, argv, candidates, parse_wakeup, all_cases, benchmark::kMicrosecond);
}

}  // namespace
}  // namespace lwlock::bench

int main(int argc, char** argv) {
    return lwlock::bench::run_program("wakeup",
                                      [&] { return lwlock::bench::run_main(argc, argv); });
}
