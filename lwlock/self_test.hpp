/// \file
/// Whether the system's futexes work in the memory of a lock space.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lwlock {

/// What the self-test of a space's memory found. Kernels had both faults: Linux
/// before 3.11 knew all 4 KiB parts of a huge page as one, and OpenBSD lost
/// wakes in anonymous memory that a child had inherited.
enum class MemoryFault : std::uint32_t {
    none = 0,
    untested = 1,   ///< not asked for, or no process could be made for the test
    lost_wake = 2,  ///< a wake did not reach a process that slept
    crosstalk = 3,  ///< a wake reached a sleeper in another page
    last = crosstalk,
};

/// One sentence for a person; never null.
const char* describe(MemoryFault fault);

namespace detail {

/// Lets a child process sleep in the memory, and wakes it from this one: from the
/// wrong page first, from where it sleeps then. Takes a fraction of a millisecond
/// where there is no fault. `pages`: two standard pages, zeroed, and zeroed again
/// afterwards.
MemoryFault test_memory(std::byte* pages);

}  // namespace detail
}  // namespace lwlock
