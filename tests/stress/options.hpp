/// \file
/// What a run of the stress test shall do.
#pragma once

#include <cstdint>
#include <string>

#include "lwlock/policy.hpp"

namespace lwlock::tests {

struct Options {
    int seconds = 3;
    bool processes = false;  ///< workers are processes, else threads
    bool second_looks = true;
    Bias bias = Bias::always;                     ///< of all locks
    Preference preference = Preference::readers;  ///< the same
    std::uint32_t workers = 8;
    std::uint32_t locks = 4;
    std::uint64_t seed = 0;
    int patience = 60;  ///< seconds without progress until the watchdog ends the run

    /// The command line that repeats the run.
    std::string as_arguments() const;
};

/// Reads the command line, and the environment's LWLOCK_STRESS_SECONDS. Ends the
/// process on an error or after --help.
Options read_options(int argc, char** argv);

}  // namespace lwlock::tests
