/// \file
/// What the command line of wakeup can say.
#pragma once

#include <string>
#include <vector>

#include "bench/support/common_options.hpp"

namespace lwlock::bench {

struct WakeupOptions {
    CommonOptions common;
    std::vector<std::string> queued = {"shared", "exclusive", "exclusive_behind_shared"};
    std::vector<unsigned> waiters = {1, 10, 100, 1000, 2000};
    unsigned rounds = 0;  ///< 0: by the number of waiters
};

/// On `--help` and on a mistake it prints what there is to say and ends the program.
WakeupOptions parse_wakeup(int argc, char** argv, const std::vector<std::string>& implementations);

}  // namespace lwlock::bench
