#include "lwlock/crowding.hpp"

#include <sched.h>

#include <algorithm>

namespace lwlock::detail {
namespace {

// As many as a CPU's scheduler serves in turn within the patience for one lock.
constexpr std::uint32_t kBackendsPerCpu = 4;

}  // namespace

std::uint32_t usable_cpus() {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return CPU_SETSIZE;  // there are more
    return static_cast<std::uint32_t>(std::max(1, CPU_COUNT(&set)));
}

std::uint32_t crowding(const Backend& self) {
    const std::uint32_t backends = self.space.header().slots_ever_used.load_relaxed();
    return std::max(1u, backends / (kBackendsPerCpu * self.cpus));
}

}  // namespace lwlock::detail
