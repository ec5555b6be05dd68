#include "bench/contended/options.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>

namespace lwlock::bench {

ContendedOptions parse_contended(int argc, char** argv,
                                 const std::vector<std::string>& implementations) {
    ContendedOptions options;
    CLI::App app("Lets backends compete for locks, each with some work inside and outside.");
    app.option_defaults()->always_capture_default()->delimiter(',')->take_all();
    app.add_option("-i,--implementation", options.implementations, "which locks; all by default")
        ->check(CLI::IsMember(implementations));
    app.add_option("-b,--backends", options.backends, "how many compete")
        ->check(CLI::Range(1, 10'000));
    app.add_option("-x,--exclusive", options.exclusive, "percentage of exclusive acquisitions")
        ->check(CLI::Range(0, 100));
    app.add_option("-l,--locks", options.locks, "locks, one of which is drawn each time")
        ->check(CLI::Range(1, 1 << 20));
    app.add_option("--critical", options.critical, "nanoseconds of work with the lock held")
        ->check(CLI::Range(0, 1'000'000'000));
    app.add_option("--outside", options.outside, "nanoseconds of work between two acquisitions")
        ->check(CLI::Range(0, 1'000'000'000));
    app.add_option("--milliseconds", options.milliseconds, "length of a run")
        ->check(CLI::Range(1, 3'600'000));
    app.add_option("--patience", options.patience_seconds,
                   "seconds without one acquisition after which a run counts as hung")
        ->check(CLI::Range(1, 3600));
    app.footer(
        "Further options are Google Benchmark's: --benchmark_repetitions=9\n"
        "--benchmark_enable_random_interleaving=true --benchmark_out=FILE and so on.");
    app.allow_extras();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        std::exit(app.exit(error));
    }
    options.for_google_benchmark = app.remaining();
    return options;
}

}  // namespace lwlock::bench
