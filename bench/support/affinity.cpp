#include "bench/support/affinity.hpp"

#include <sched.h>

#include <cerrno>
#include <system_error>

namespace lwlock::bench {

void spread_over_processors(unsigned number, unsigned backends) {
    cpu_set_t allowed;
    // Fails where there are more processors than the set holds: enough not to meet often.
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    if (static_cast<unsigned>(CPU_COUNT(&allowed)) < backends) return;
    int processor = -1;
    for (unsigned passed = 0; passed <= number;) {
        if (CPU_ISSET(++processor, &allowed)) ++passed;
    }
    cpu_set_t own;
    CPU_ZERO(&own);
    CPU_SET(processor, &own);
    if (sched_setaffinity(0, sizeof own, &own) != 0) {
        throw std::system_error(errno, std::generic_category(), "binding to a processor");
    }
}

}  // namespace lwlock::bench
