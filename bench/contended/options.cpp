#include "bench/contended/options.hpp"

#include "bench/support/command_line.hpp"

namespace lwlock::bench {

ContendedOptions parse_contended(int argc, char** argv,
                                 const std::vector<std::string>& implementations) {
    ContendedOptions options;
    CommandLine line("Lets backends compete for locks, each with some work inside and outside.",
                     options.common, implementations);
    CLI::App& app = line.app();
    add_contest_options(app, options, "how many compete");
    app.add_option("-l,--locks", options.locks, "locks, one of which is drawn each time")
        ->check(CLI::Range(1, 1 << 20));
    app.add_option("--outside", options.outside, "nanoseconds of work between two acquisitions")
        ->check(CLI::Range(0, 1'000'000'000));
    line.parse(argc, argv);
    return options;
}

}  // namespace lwlock::bench
