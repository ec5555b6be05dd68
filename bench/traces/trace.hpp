/// \file
/// Recorded buffer-access traces; README.md beside this file says where they come from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace lwlock::bench {

/// One buffer lookup.
struct Access {
    std::uint32_t relation;
    std::uint32_t fork;
    std::uint32_t block;
    friend bool operator==(const Access&, const Access&) = default;
};

struct Trace {
    unsigned backends = 0;
    /// The backends one after the other, each one's accesses in recorded order.
    std::vector<Access> accesses;
};

/// Loads a packed trace. Throws std::runtime_error that names file, line and
/// reason when it cannot be read or is not a trace.
Trace load_trace(const std::filesystem::path& file);

}  // namespace lwlock::bench
