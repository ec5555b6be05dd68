/// \file
/// What every benchmark program can be told. Apart from command_line.hpp, so that
/// the programs are compiled without the library that reads command lines.
#pragma once

#include <string>
#include <vector>

namespace lwlock::bench {

/// Options of every program.
struct CommonOptions {
    std::vector<std::string> implementations;  ///< empty: those that run by default
    unsigned patience_seconds = 20;
    std::vector<std::string> for_google_benchmark;  ///< the arguments that are not ours
};

}  // namespace lwlock::bench
