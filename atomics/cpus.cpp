#include "atomics/cpus.hpp"

#include <sched.h>

#include <algorithm>

namespace lwlock::atomics {

std::uint32_t usable_cpus() {
    cpu_set_t mask;
    // A machine with more CPUs than the mask holds fails here: it has that many.
    if (sched_getaffinity(0, sizeof mask, &mask) != 0) return CPU_SETSIZE;
    return static_cast<std::uint32_t>(std::max(1, CPU_COUNT(&mask)));
}

}  // namespace lwlock::atomics
