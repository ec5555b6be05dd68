/// \file
/// What the command line of contended can say.
#pragma once

#include <string>
#include <vector>

#include "bench/support/contest_options.hpp"

namespace lwlock::bench {

struct ContendedOptions : ContestOptions {
    ContendedOptions()
        : ContestOptions{
              .backends = {1, 2, 8, 64}, .exclusive = {0, 1, 10, 50, 100}, .critical = {40}} {}

    std::vector<unsigned> locks = {1, 128};
    std::vector<unsigned> outside = {100};  ///< nanoseconds
};

/// On `--help` and on a mistake it prints what there is to say and ends the program.
ContendedOptions parse_contended(int argc, char** argv,
                                 const std::vector<std::string>& implementations);

}  // namespace lwlock::bench
