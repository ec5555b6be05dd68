#include "tests/stress/options.hpp"

#include <CLI/CLI.hpp>

#include "tests/stress/arena.hpp"
#include "tests/support/random.hpp"

namespace lwlock::tests {

std::string Options::as_arguments() const {
    return std::string(processes ? "--processes" : "--threads") + " --workers " +
           std::to_string(workers) + " --locks " + std::to_string(locks) + " --seconds " +
           std::to_string(seconds) + " --seed " + std::to_string(seed) +
           (second_looks ? "" : " --no-second-looks") + (bias == Bias::off ? " --no-bias" : "") +
           (preference == Preference::writers ? " --prefer-writers" : "");
}

Options read_options(int argc, char** argv) {
    Options options;
    options.seed = test_seed();
    CLI::App app("Uses locks in every way at once, and checks the data that they protect.");
    app.add_option("--seconds", options.seconds, "how long")
        ->envname("LWLOCK_STRESS_SECONDS")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    auto* const processes = app.add_flag("--processes", options.processes, "workers are processes");
    bool threads = false;
    app.add_flag("--threads", threads, "workers are threads; the default")->excludes(processes);
    app.add_option("--workers", options.workers, "how many")
        ->check(CLI::Range(2u, kMaxWorkers))
        ->capture_default_str();
    app.add_option("--locks", options.locks, "how many")
        ->check(CLI::Range(1u, kMaxCells))
        ->capture_default_str();
    app.add_option("--seed", options.seed, "of the random choices")->capture_default_str();
    bool no_second_looks = false;
    app.add_flag(
        "--no-second-looks", no_second_looks,
        "waits without a time limit sleep until they are woken, so that a lost wake hangs");
    bool no_bias = false;
    app.add_flag("--no-bias", no_bias, "locks have no read bias; else they get it when they can");
    bool prefer_writers = false;
    app.add_flag("--prefer-writers", prefer_writers, "who waits exclusively shuts others out");
    app.add_option("--patience", options.patience, "seconds without progress that end the run")
        ->capture_default_str();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        std::exit(app.exit(error));
    }
    options.second_looks = !no_second_looks;
    if (no_bias) options.bias = Bias::off;
    if (prefer_writers) options.preference = Preference::writers;
    return options;
}

}  // namespace lwlock::tests
