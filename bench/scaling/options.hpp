/// \file
/// What the command line of scaling can say.
#pragma once

#include <string>
#include <vector>

#include "bench/support/common_options.hpp"

namespace lwlock::bench {

struct ScalingOptions {
    CommonOptions common;
    std::vector<unsigned> cpus;                             ///< empty: 1, 2, 4, ... and all
    std::vector<unsigned> outside = {0, 25, 50, 100, 200};  ///< nanoseconds
    unsigned milliseconds = 200;
};

/// On `--help` and on a mistake it prints what there is to say and ends the program.
ScalingOptions parse_scaling(int argc, char** argv,
                             const std::vector<std::string>& implementations);

}  // namespace lwlock::bench
