#include "bench/support/series.hpp"

#include <exception>
#include <sstream>

#include "bench/support/google_benchmark.hpp"
#include "bench/support/progress.hpp"

namespace lwlock::bench {
namespace {

/// \return whether it succeeded
bool run_case(benchmark::State& state, const SeriesCase& what, Progress& progress) {
    bool succeeded = true;
    for (auto _ : state) {
        progress.start_run(what.name, what.steps);
        try {
            const Outcome outcome = what.repeat([&](std::uint64_t steps) { progress.show(steps); });
            state.SetIterationTime(outcome.seconds);
            for (const auto& [name, value] : outcome.counters) state.counters[name] = value;
            if (!outcome.remark.empty()) state.SetLabel(outcome.remark);
        } catch (const std::exception& error) {
            succeeded = false;
            state.SkipWithError(error.what());
        }
        progress.clear();
    }
    return succeeded;
}

}  // namespace

std::string text_of(double number) {
    std::ostringstream text;
    text << number;
    return text.str();
}

int run_series(int argc, char** argv, const std::vector<std::string>& arguments,
               const std::vector<SeriesCase>& cases, benchmark::TimeUnit unit) {
    Progress progress(static_cast<unsigned>(cases.size()) * repetitions_in(arguments));
    bool failed = false;
    for (const SeriesCase& what : cases) {
        benchmark::RegisterBenchmark(
            what.name.c_str(),
            [&](benchmark::State& state) { failed = !run_case(state, what, progress) || failed; })
            ->Iterations(1)
            ->UseManualTime()
            ->Unit(unit);
    }
    if (!run_google_benchmark(argc, argv, arguments)) return 2;
    return failed ? 1 : 0;
}

}  // namespace lwlock::bench
