#include "lwlock/statistics.hpp"

namespace lwlock::detail {

TrancheStatistics read_counters(const TrancheCounters& counters) {
    return {.shared_blocks = counters.shared_blocks.load_relaxed(),
            .exclusive_blocks = counters.exclusive_blocks.load_relaxed(),
            .wakes = counters.wakes.load_relaxed(),
            .wait_nanoseconds = counters.wait_nanoseconds.load_relaxed(),
            .spin_acquisitions = counters.spin_acquisitions.load_relaxed(),
            .handoffs = counters.handoffs.load_relaxed(),
            .timeouts = counters.timeouts.load_relaxed(),
            .cancellations = counters.cancellations.load_relaxed(),
            .revocations = counters.revocations.load_relaxed()};
}

}  // namespace lwlock::detail
