/// \file
/// What the command lines of contests have in common.
#pragma once

#include <vector>

#include "bench/support/common_options.hpp"

namespace CLI {
class App;
}

namespace lwlock::bench {

struct ContestOptions {
    CommonOptions common{};
    std::vector<unsigned> backends;
    std::vector<double> exclusive;   ///< percent
    std::vector<unsigned> critical;  ///< nanoseconds
    unsigned milliseconds = 300;
};

/// `backends` says what the number of backends means.
void add_contest_options(CLI::App& app, ContestOptions& options, const char* backends);

}  // namespace lwlock::bench
