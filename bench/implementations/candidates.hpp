/// \file
/// What a scenario can be run with: every implementation, with processes or
/// threads as backends.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "bench/implementations/registry.hpp"
#include "bench/support/series.hpp"
#include "bench/support/team.hpp"

namespace lwlock::bench {

/// An implementation with a kind of backends, and how to run the scenario with it.
template <class Run>
struct Candidate {
    std::string name;
    Run run;
    Team::Kind kind;
    bool by_default;
};

/// \tparam Run a pointer to function. `make.operator()<I>()` gives the one for an
/// implementation; a scenario's code is compiled once for both kinds of backends,
/// since it takes long. Threads of one that could do with processes too have the
/// suffix `_threads`, and run only when asked for.
template <class Run, class... I, class Make>
std::vector<Candidate<Run>> candidates_of(ImplementationList<I...>, Make make) {
    std::vector<Candidate<Run>> all;
    const auto add = [&]<Implementation Each>() {
        if constexpr (Each::kExcludes) {
            const Run run = make.template operator()<Each>();
            if constexpr (Each::kProcesses) {
                all.push_back({Each::kName, run, Team::Kind::processes, true});
                all.push_back(
                    {std::string(Each::kName) + "_threads", run, Team::Kind::threads, false});
            } else {
                all.push_back({Each::kName, run, Team::Kind::threads, true});
            }
        }
    };
    (add.template operator()<I>(), ...);
    return all;
}

template <class Run>
std::vector<std::string> names_of(const std::vector<Candidate<Run>>& candidates) {
    std::vector<std::string> names;
    for (const auto& candidate : candidates) names.push_back(candidate.name);
    return names;
}

/// Those that are named, or those that run by default when none is.
template <class Run>
std::vector<Candidate<Run>> chosen(std::vector<Candidate<Run>> candidates,
                                   const std::vector<std::string>& named) {
    std::erase_if(candidates, [&](const auto& candidate) {
        return named.empty() ? !candidate.by_default
                             : std::count(named.begin(), named.end(), candidate.name) == 0;
    });
    return candidates;
}

/// A program that runs `cases_of(options, candidates)` for the candidates that
/// are asked for, with the options that `parse` makes of the command line.
/// \return the program's exit status
template <class Run, class Parse, class CasesOf>
int run_candidates(int argc, char** argv, const std::vector<Candidate<Run>>& candidates,
                   Parse parse, CasesOf cases_of, benchmark::TimeUnit unit) {
    const auto options = parse(argc, argv, names_of(candidates));
    return run_series(argc, argv, options.common.for_google_benchmark,
                      cases_of(options, chosen(candidates, options.common.implementations)), unit);
}

}  // namespace lwlock::bench
