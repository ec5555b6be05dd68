/// \file
/// What the command line of storm can say.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/support/common_options.hpp"

namespace lwlock::bench {

struct StormOptions {
    CommonOptions common{.implementations = {}, .patience_seconds = 60, .for_google_benchmark = {}};
    std::vector<std::string> pages = {"standard", "huge"};
    unsigned processes = 2000;
    std::uint32_t pool = 3072;
    std::uint32_t blocks = 3584;
    std::uint32_t partitions = 128;
};

/// On `--help` and on a mistake it prints what there is to say and ends the program.
/// Throws std::runtime_error when the pool is too small.
StormOptions parse_storm(int argc, char** argv, const std::vector<std::string>& implementations);

}  // namespace lwlock::bench
