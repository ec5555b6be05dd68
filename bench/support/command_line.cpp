#include "bench/support/command_line.hpp"

#include <cstdlib>

namespace lwlock::bench {

CommandLine::CommandLine(const char* description, CommonOptions& common,
                         const std::vector<std::string>& implementations)
    : app_(description), common_(common) {
    app_.option_defaults()->always_capture_default()->delimiter(',')->take_all();
    app_.add_option("-i,--implementation", common.implementations,
                    "which locks; otherwise all, threads instead of processes excepted")
        ->check(CLI::IsMember(implementations));
    app_.add_option("--patience", common.patience_seconds,
                    "seconds without progress after which a run counts as hung")
        ->check(CLI::Range(1, 3600));
    app_.footer(
        "Further options are Google Benchmark's: --benchmark_repetitions=9\n"
        "--benchmark_enable_random_interleaving=true --benchmark_out=FILE and so on.");
    app_.allow_extras();
}

void CommandLine::parse(int argc, char** argv) {
    try {
        app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        std::exit(app_.exit(error));
    }
    common_.for_google_benchmark = app_.remaining();
}

}  // namespace lwlock::bench
