/// \file
/// What a run came to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/torture/arena.hpp"
#include "tools/torture/plan.hpp"

namespace lwlock::torture {

struct Result {
    Nanoseconds elapsed = 0;
    unsigned active = 0;  ///< most backends that were at work at a time
    std::uint64_t drains = 0;
    Nanoseconds longest_drain = 0;
    std::uint64_t checks_at_rest = 0;
    std::uint64_t stops = 0;
    std::uint64_t signals = 0;
    std::uint64_t moves = 0;
    bool interrupted = false;
    std::vector<std::string> waits;  ///< who waited for what when the run got stuck

    bool passed(const Arena& arena) const { return arena.header->violations.load_acquire() == 0; }
};

}  // namespace lwlock::torture
