/// \file
/// What programs need around Google Benchmark.
#pragma once

#include <string>
#include <vector>

namespace lwlock::bench {

/// Of these arguments of Google Benchmark; 1 when they do not say.
unsigned repetitions_in(const std::vector<std::string>& arguments);

/// Runs what is registered, in a program without options of its own.
/// \return the program's exit status
int run_registered(int argc, char** argv);

/// Runs what is registered, with those arguments of the command line that are
/// Google Benchmark's. The whole command line goes into its report. Returns
/// false when an argument is nobody's.
bool run_google_benchmark(int argc, char** argv, const std::vector<std::string>& arguments);

}  // namespace lwlock::bench
