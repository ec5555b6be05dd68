/// \file
/// What the command line of contended can say.
#pragma once

#include <string>
#include <vector>

namespace lwlock::bench {

struct ContendedOptions {
    std::vector<std::string> implementations;  ///< empty: all
    std::vector<unsigned> backends = {1, 2, 8, 64};
    std::vector<unsigned> exclusive = {0, 1, 10, 50, 100};  ///< percent
    std::vector<unsigned> locks = {1, 128};
    std::vector<unsigned> critical = {40};  ///< nanoseconds
    std::vector<unsigned> outside = {100};  ///< nanoseconds
    unsigned milliseconds = 300;
    unsigned patience_seconds = 20;
    std::vector<std::string> for_google_benchmark;  ///< the arguments that are not ours
};

/// On `--help` and on a mistake it prints what there is to say and ends the program.
ContendedOptions parse_contended(int argc, char** argv,
                                 const std::vector<std::string>& implementations);

}  // namespace lwlock::bench
