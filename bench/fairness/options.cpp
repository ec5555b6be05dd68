#include "bench/fairness/options.hpp"

#include "bench/support/command_line.hpp"

namespace lwlock::bench {

FairnessOptions parse_fairness(int argc, char** argv,
                               const std::vector<std::string>& implementations) {
    FairnessOptions options;
    CommandLine line(
        "Measures how long one backend waits for a lock that others hold in overlapping turns, "
        "all in the mode that keeps it out.",
        options.common, implementations);
    CLI::App& app = line.app();
    app.add_option("--lone", options.lone, "mode of the one that waits")
        ->check(CLI::IsMember({"exclusive", "shared"}));
    app.add_option("--others", options.others, "how many it has against it")
        ->check(CLI::Range(1, 10'000));
    app.add_option("--hold", options.hold, "microseconds for which each of these holds the lock")
        ->check(CLI::Range(1, 10'000'000));
    app.add_option("--acquisitions", options.acquisitions, "of the one, in a run")
        ->check(CLI::Range(1, 1'000'000));
    app.add_option("--give-up", options.give_up_seconds,
                   "seconds after which the others stop, because the one waits in vain")
        ->check(CLI::Range(1, 3600));
    app.add_option("--longest", options.longest_seconds,
                   "seconds after which a run ends, with fewer acquisitions")
        ->check(CLI::Range(1, 36'000));
    line.parse(argc, argv);
    return options;
}

}  // namespace lwlock::bench
