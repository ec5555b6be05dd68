/// \file
/// What the command line of read_mostly can say.
#pragma once

#include <string>
#include <vector>

#include "bench/support/contest_options.hpp"

namespace lwlock::bench {

struct ReadMostlyOptions : ContestOptions {
    ReadMostlyOptions()
        : ContestOptions{.backends = {1, 2, 4, 8, 16, 64},
                         .exclusive = {0, 0.01, 0.1, 1, 10},
                         .critical = {0, 40}} {}
};

/// On `--help` and on a mistake it prints what there is to say and ends the program.
ReadMostlyOptions parse_read_mostly(int argc, char** argv,
                                    const std::vector<std::string>& implementations);

}  // namespace lwlock::bench
