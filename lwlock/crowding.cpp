#include "lwlock/crowding.hpp"

#include <algorithm>

namespace lwlock::detail {
namespace {

// As many as a CPU's scheduler serves in turn within the patience for one lock.
constexpr std::uint32_t kBackendsPerCpu = 4;

}  // namespace

std::uint32_t crowding(const Backend& self) {
    return std::max(1u, self.space.slots_in_use() / (kBackendsPerCpu * self.cpus));
}

}  // namespace lwlock::detail
