#include "bench/read_mostly/options.hpp"

namespace lwlock::bench {

ReadMostlyOptions parse_read_mostly(int argc, char** argv,
                                    const std::vector<std::string>& implementations) {
    ReadMostlyOptions options;
    options.common.implementations = {"futex", "posix_sem"};
    CommandLine line("Lets backends read under one lock, and now and then change something.",
                     options.common, implementations);
    CLI::App& app = line.app();
    app.add_option("-b,--backends", options.backends, "how many read")
        ->check(CLI::Range(1, 10'000));
    app.add_option("-x,--exclusive", options.exclusive, "percentage of exclusive acquisitions")
        ->check(CLI::Range(0.0, 100.0));
    app.add_option("--critical", options.critical, "nanoseconds of work with the lock held")
        ->check(CLI::Range(0, 1'000'000'000));
    app.add_option("--milliseconds", options.milliseconds, "length of a run")
        ->check(CLI::Range(1, 3'600'000));
    line.parse(argc, argv);
    return options;
}

}  // namespace lwlock::bench
