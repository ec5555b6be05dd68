/// \file
/// On how many processors the calling thread may run.
#pragma once

#include <cstdint>

namespace lwlock::atomics {

/// The CPUs of the thread's affinity mask now, at least 1. A system call.
std::uint32_t usable_cpus();

}  // namespace lwlock::atomics
