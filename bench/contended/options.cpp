#include "bench/contended/options.hpp"

namespace lwlock::bench {

ContendedOptions parse_contended(int argc, char** argv,
                                 const std::vector<std::string>& implementations) {
    ContendedOptions options;
    CommandLine line("Lets backends compete for locks, each with some work inside and outside.",
                     options.common, implementations);
    CLI::App& app = line.app();
    app.add_option("-b,--backends", options.backends, "how many compete")
        ->check(CLI::Range(1, 10'000));
    app.add_option("-x,--exclusive", options.exclusive, "percentage of exclusive acquisitions")
        ->check(CLI::Range(0.0, 100.0));
    app.add_option("-l,--locks", options.locks, "locks, one of which is drawn each time")
        ->check(CLI::Range(1, 1 << 20));
    app.add_option("--critical", options.critical, "nanoseconds of work with the lock held")
        ->check(CLI::Range(0, 1'000'000'000));
    app.add_option("--outside", options.outside, "nanoseconds of work between two acquisitions")
        ->check(CLI::Range(0, 1'000'000'000));
    app.add_option("--milliseconds", options.milliseconds, "length of a run")
        ->check(CLI::Range(1, 3'600'000));
    line.parse(argc, argv);
    return options;
}

}  // namespace lwlock::bench
