/// \file
/// Kernels with the faults of old: the program that links this is linked with
/// --wrap for the wake and the requeue of atomics/futex.hpp.
#pragma once

namespace lwlock::tests {

enum class KernelFault {
    none,
    wakes_are_lost,     ///< as OpenBSD in inherited anonymous memory
    pages_share_a_key,  ///< as Linux in huge pages: 16 pages have one list of sleepers
};

/// From now on, for the system's futexes of shared memory in this process and its
/// later children.
void break_kernel(KernelFault fault);

}  // namespace lwlock::tests
