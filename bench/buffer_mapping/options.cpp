#include "bench/buffer_mapping/options.hpp"

#include <algorithm>
#include <cstdlib>

#include "bench/support/command_line.hpp"

namespace lwlock::bench {
namespace {

std::string check_power_of_two(const std::string& text) {
    const unsigned long value = std::strtoul(text.c_str(), nullptr, 10);
    return value != 0 && (value & (value - 1)) == 0 ? "" : text + " is not a power of two";
}

void check_pools(const Options& options) {
    const unsigned most_backends =
        *std::max_element(options.backends.begin(), options.backends.end());
    const std::uint32_t smallest = *std::min_element(options.pools.begin(), options.pools.end());
    if (smallest < 2 * most_backends) {
        throw CLI::ValidationError(
            "--pool", "a pool of " + std::to_string(smallest) + " pages is too small for " +
                          std::to_string(most_backends) + " backends: each needs two");
    }
}

}  // namespace

Options parse_options(int argc, char** argv, const std::vector<std::string>& implementations) {
    Options options;
    CommandLine line(
        "Replays buffer-access traces of a real PostgreSQL against a shared "
        "buffer-mapping table.",
        options.common, implementations);
    CLI::App& app = line.app();
    app.add_option("-t,--trace", options.traces,
                   "tpcb, select-only, storm, or the path of a packed trace");
    app.add_option("-b,--backends", options.backends, "how many backends replay the trace")
        ->check(CLI::Range(2, 100'000));
    app.add_option("--pool", options.pools, "buffers in the pool, in pages")
        ->check(CLI::Range(4, 1 << 24));
    app.add_option("--partitions", options.partitions, "partitions of the table, a lock each")
        ->check(CLI::Validator(check_power_of_two, "POWER OF TWO"))
        ->check(CLI::Range(1, 1 << 16));
    app.add_option("--lookups", options.lookups,
                   "lookups by all backends together; 0: by their number");
    app.final_callback([&] { check_pools(options); });
    line.parse(argc, argv);
    return options;
}

}  // namespace lwlock::bench
