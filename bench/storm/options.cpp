#include "bench/storm/options.hpp"

#include <stdexcept>

#include "bench/support/command_line.hpp"

namespace lwlock::bench {

StormOptions parse_storm(int argc, char** argv, const std::vector<std::string>& implementations) {
    StormOptions options;
    CommandLine line(
        "Lets many processes at once attach, scan a relation larger than the pool, and leave.",
        options.common, implementations);
    CLI::App& app = line.app();
    app.add_option("--pages", options.pages, "what the shared memory consists of")
        ->check(CLI::IsMember({"standard", "huge"}));
    app.add_option("-p,--processes", options.processes, "how many")->check(CLI::Range(1, 10'000));
    app.add_option("--pool", options.pool, "buffers, one at least for each process to pin")
        ->check(CLI::Range(1, 1 << 24));
    app.add_option("--blocks", options.blocks, "of the relation")->check(CLI::Range(1, 1 << 24));
    app.add_option("--partitions", options.partitions, "locks of the table")
        ->check(CLI::IsMember({1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}));
    line.parse(argc, argv);
    if (options.pool < options.processes) {
        throw std::runtime_error("--pool is " + std::to_string(options.pool) +
                                 "; it needs a buffer for each of --processes " +
                                 std::to_string(options.processes));
    }
    return options;
}

}  // namespace lwlock::bench
