/// \file
/// A series of benchmarks whose runs cannot be repeated in a tight loop: each
/// repetition starts a team of backends.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace lwlock::bench {

using Counters = std::map<std::string, double>;

/// What one repetition brought.
struct Outcome {
    double seconds;  ///< what Google Benchmark shows as the time
    Counters counters;
    std::string remark{};  ///< stands beside the numbers; may be empty
};

/// One benchmark.
struct SeriesCase {
    /// Tells how far a run has come, in steps.
    using Show = std::function<void(std::uint64_t)>;

    std::string name;     ///< `<scenario>/<implementation>/<parameters>`
    std::uint64_t steps;  ///< of one repetition
    std::function<Outcome(const Show&)> repeat;
};

/// Repetitions of a plan, each a run that is timed; the first has another one
/// that is observed, whose counters stand beside those of all.
/// \tparam Plan has the members `progress` and `observed`
template <class Plan, class Result>
class ObservedRepeats {
  public:
    using Run = Result (*)(const Plan&);

    ObservedRepeats(Run run, const Plan& plan, Outcome (*timed)(const Result&),
                    Counters (*observed)(const Result&))
        : run_(run), plan_(plan), timed_(timed), observe_(observed) {}

    Outcome operator()(const SeriesCase::Show& show) {
        plan_.progress = show;
        plan_.observed = false;
        Outcome outcome = timed_(run_(plan_));
        if (observed_.empty()) {
            plan_.observed = true;
            observed_ = observe_(run_(plan_));
        }
        outcome.counters.insert(observed_.begin(), observed_.end());
        return outcome;
    }

  private:
    Run run_;
    Plan plan_;
    Outcome (*timed_)(const Result&);
    Counters (*observe_)(const Result&);
    Counters observed_;
};

/// A number as it stands in a case's name, without zeros at its end.
std::string text_of(double number);

/// Runs all cases under Google Benchmark, which `arguments` are for, and shows
/// progress. A repetition that throws is reported as a failure of its case.
/// \return the program's exit status
int run_series(int argc, char** argv, const std::vector<std::string>& arguments,
               const std::vector<SeriesCase>& cases, benchmark::TimeUnit unit);

}  // namespace lwlock::bench
