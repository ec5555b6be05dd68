/// \file
/// What the command line of buffer_mapping can say.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/support/common_options.hpp"

namespace lwlock::bench {

struct Options {
    CommonOptions common;
    std::vector<std::string> traces = {"tpcb", "select-only", "storm"};
    std::vector<unsigned> backends = {16, 128, 1000};
    std::vector<std::uint32_t> pools = {12'288};
    std::vector<std::uint32_t> partitions = {128};
    std::uint64_t lookups = 0;  ///< 0: chosen by the number of backends
};

/// Parses, and checks what can be checked without running. On `--help` and on
/// a mistake it prints what there is to say and ends the program.
Options parse_options(int argc, char** argv, const std::vector<std::string>& implementations);

}  // namespace lwlock::bench
