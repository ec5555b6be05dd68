/// \file
/// The options of lwtorture.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "tools/torture/distribution.hpp"
#include "tools/torture/load.hpp"
#include "tools/torture/role.hpp"

namespace CLI {
class App;
}

namespace lwlock::torture {

inline constexpr Nanoseconds kSecond = 1'000'000'000;

/// Where the locks lie.
enum class SegmentKind : std::uint8_t {
    anonymous,  ///< shared memory that the processes inherit
    memfd,      ///< a memory file that every process maps for itself
    named,      ///< POSIX shared memory that every process opens by its name
    local,      ///< for the threads of one process only, with process-private futexes
};

struct Options {
    bool threads = false;
    std::array<unsigned, kRoles.size()> backends_of{4, 2, 1, 1, 1, 1, 1};
    unsigned locks = 2;
    Distribution hold = Distribution::parse("mix:1us,200us,0.02");
    Distribution gap = Distribution::parse("exp:2us");
    Distribution timeout = Distribution::parse("mix:200us,8ms,0.2");
    Load load;

    std::string implementation = "futex";
    SegmentKind segment = SegmentKind::anonymous;

    double stops = 10;  ///< a second, over all backends
    Distribution stop_time = Distribution::parse("uniform:1ms,50ms");
    double signals = 100;  ///< a second
    double affinity = 10;  ///< a second

    Nanoseconds duration = 10 * kSecond;
    Nanoseconds drain = kSecond / 4;
    Nanoseconds stall_limit = 20 * kSecond;
    Nanoseconds status = kSecond;
    std::uint64_t seed = 0;
    std::string json;

    unsigned backends() const;
};

const char* name_of(SegmentKind kind);

/// Adds the options to the application; parsing fills `options`.
void add_options(CLI::App& app, Options& options);

/// After parsing: draws a seed if none was given, fits the defaults to the
/// implementation, and refuses what does not go together (std::runtime_error).
void complete(const CLI::App& app, Options& options);

}  // namespace lwlock::torture
