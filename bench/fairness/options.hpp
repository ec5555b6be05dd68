/// \file
/// What the command line of fairness can say.
#pragma once

#include <string>
#include <vector>

#include "bench/support/common_options.hpp"

namespace lwlock::bench {

struct FairnessOptions {
    CommonOptions common;
    std::vector<std::string> lone = {"exclusive", "shared"};
    std::vector<unsigned> others = {8};
    std::vector<unsigned> hold = {5000};  ///< microseconds
    unsigned acquisitions = 1000;
    unsigned give_up_seconds = 5;
    unsigned longest_seconds = 30;
};

/// On `--help` and on a mistake it prints what there is to say and ends the program.
FairnessOptions parse_fairness(int argc, char** argv,
                               const std::vector<std::string>& implementations);

}  // namespace lwlock::bench
