#include "bench/scaling/options.hpp"

#include <algorithm>
#include <thread>

#include "bench/support/command_line.hpp"

namespace lwlock::bench {
namespace {

std::vector<unsigned> powers_of_two_and_all() {
    const unsigned all = std::max(1u, std::thread::hardware_concurrency());
    std::vector<unsigned> cpus;
    for (unsigned count = 1; count < all; count *= 2) cpus.push_back(count);
    cpus.push_back(all);
    return cpus;
}

}  // namespace

ScalingOptions parse_scaling(int argc, char** argv,
                             const std::vector<std::string>& implementations) {
    ScalingOptions options;
    options.common.implementations = {"futex", "futex_unbiased", "posix_sem", "pthread_rwlock",
                                      "floor_two_rmw"};
    CommandLine line(
        "Measures what moving a cache line between processors costs, and how often a lock does "
        "so. bench/scaling/model makes predictions from the results.",
        options.common, implementations);
    CLI::App& app = line.app();
    app.add_option("--cpus", options.cpus, "backends, each on a processor of its own")
        ->check(CLI::Range(1, 10'000));
    app.add_option("--outside", options.outside, "nanoseconds of work between two acquisitions")
        ->check(CLI::Range(0, 1'000'000'000));
    app.add_option("--milliseconds", options.milliseconds, "length of a run")
        ->check(CLI::Range(1, 3'600'000));
    line.parse(argc, argv);
    if (options.cpus.empty()) options.cpus = powers_of_two_and_all();
    return options;
}

}  // namespace lwlock::bench
