// Scenario `fairness`: how long one backend waits for a lock that others hold
// in overlapping turns, in the mode that keeps it out. Names:
//
//     fairness/<implementation>/lone:<mode>/others:<n>/hold:<us>
//
// The time is the longest wait. A lock may let the one wait for ever: then the
// others stop after a while, and the result says so.

#include <algorithm>
#include <string>
#include <vector>

#include "bench/fairness/options.hpp"
#include "bench/fairness/run.hpp"
#include "bench/implementations/candidates.hpp"
#include "bench/implementations/peers.hpp"
#include "bench/support/program.hpp"
#include "bench/support/quantile.hpp"
#include "bench/support/series.hpp"

namespace lwlock::bench {
namespace {

using RunSiege = SiegeResult (*)(const Siege&);

Outcome outcome_of(SiegeResult result, const FairnessOptions& options) {
    std::sort(result.waits.begin(), result.waits.end());
    const double worst = quantile(result.waits, 1);
    Outcome outcome{
        .seconds = worst / 1e9,
        .counters = {{"worst_wait_ms", worst / 1e6},
                     {"wait_p99_ms", quantile(result.waits, 0.99) / 1e6},
                     {"wait_p50_ms", quantile(result.waits, 0.5) / 1e6},
                     {"acquisitions", static_cast<double>(result.waits.size())},
                     {"gave_up", result.gave_up ? 1.0 : 0.0},
                     {"turns_per_second", static_cast<double>(result.turns) / result.seconds}}};
    if (result.gave_up) {
        outcome.remark = "did not get it within " + std::to_string(options.give_up_seconds) + " s";
    }
    return outcome;
}

std::vector<SeriesCase> all_cases(const FairnessOptions& options,
                                  const std::vector<Candidate<RunSiege>>& candidates) {
    std::vector<SeriesCase> cases;
    for (const std::string& lone : options.lone) {
        for (const unsigned others : options.others) {
            for (const unsigned hold : options.hold) {
                for (const auto& candidate : candidates) {
                    Siege siege{.lone = lone == "shared" ? Mode::shared : Mode::exclusive,
                                .others = others,
                                .kind = candidate.kind,
                                .hold = std::chrono::microseconds(hold),
                                .acquisitions = options.acquisitions,
                                .give_up = std::chrono::seconds(options.give_up_seconds),
                                .longest = std::chrono::seconds(options.longest_seconds),
                                .patience = std::chrono::seconds(options.common.patience_seconds),
                                .progress = {}};
                    cases.push_back({.name = "fairness/" + candidate.name + "/lone:" + lone +
                                             "/others:" + std::to_string(others) +
                                             "/hold:" + std::to_string(hold),
                                     .steps = options.acquisitions,
                                     .repeat = [=, run = candidate.run,
                                                &options](const SeriesCase::Show& show) mutable {
                                         siege.progress = show;
                                         return outcome_of(run(siege), options);
                                     }});
                }
            }
        }
    }
    return cases;
}

int run_main(int argc, char** argv) {
    const auto candidates = candidates_of<RunSiege>(
        AllImplementations{}, []<Implementation I>() -> RunSiege { return lay_siege<I>; });
    return run_candidates(argc, argv, candidates, parse_fairness, all_cases,
                          benchmark::kMillisecond);
}

}  // namespace
}  // namespace lwlock::bench

int main(int argc, char** argv) {
    return lwlock::bench::run_program("fairness",
                                      [&] { return lwlock::bench::run_main(argc, argv); });
}
