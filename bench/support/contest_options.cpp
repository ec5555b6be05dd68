#include "bench/support/contest_options.hpp"

#include "bench/support/command_line.hpp"

namespace lwlock::bench {

void add_contest_options(CLI::App& app, ContestOptions& options, const char* backends) {
    app.add_option("-b,--backends", options.backends, backends)->check(CLI::Range(1, 10'000));
    app.add_option("-x,--exclusive", options.exclusive, "percentage of exclusive acquisitions")
        ->check(CLI::Range(0.0, 100.0));
    app.add_option("--critical", options.critical, "nanoseconds of work with the lock held")
        ->check(CLI::Range(0, 1'000'000'000));
    app.add_option("--milliseconds", options.milliseconds, "length of a run")
        ->check(CLI::Range(1, 3'600'000));
}

}  // namespace lwlock::bench
