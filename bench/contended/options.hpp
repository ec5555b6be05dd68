/// \file
/// What the command line of contended can say.
#pragma once

#include <string>
#include <vector>

#include "bench/support/command_line.hpp"

namespace lwlock::bench {

struct ContendedOptions {
    CommonOptions common;
    std::vector<unsigned> backends = {1, 2, 8, 64};
    std::vector<double> exclusive = {0, 1, 10, 50, 100};  ///< percent
    std::vector<unsigned> locks = {1, 128};
    std::vector<unsigned> critical = {40};  ///< nanoseconds
    std::vector<unsigned> outside = {100};  ///< nanoseconds
    unsigned milliseconds = 300;
};

/// On `--help` and on a mistake it prints what there is to say and ends the program.
ContendedOptions parse_contended(int argc, char** argv,
                                 const std::vector<std::string>& implementations);

}  // namespace lwlock::bench
