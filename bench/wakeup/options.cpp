#include "bench/wakeup/options.hpp"

#include "bench/support/command_line.hpp"

namespace lwlock::bench {

WakeupOptions parse_wakeup(int argc, char** argv, const std::vector<std::string>& implementations) {
    WakeupOptions options;
    CommandLine line(
        "Measures what a release costs whose lock others sleep for, and how soon they run.",
        options.common, implementations);
    CLI::App& app = line.app();
    app.add_option("--queued", options.queued,
                   "who sleeps: all shared, all exclusive, or one exclusive that came last")
        ->check(CLI::IsMember({"shared", "exclusive", "exclusive_behind_shared"}));
    app.add_option("--waiters", options.waiters, "how many sleep")->check(CLI::Range(1, 100'000));
    app.add_option("--rounds", options.rounds, "releases in a run; 0: by the number of waiters")
        ->check(CLI::Range(0, 1'000'000));
    line.parse(argc, argv);
    return options;
}

}  // namespace lwlock::bench
