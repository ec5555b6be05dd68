#include "bench/support/work.hpp"

#include <algorithm>
#include <cmath>

#include "atomics/deadline.hpp"

namespace lwlock::bench {
namespace {

// The shortest of several looks: the others were disturbed.
double nanoseconds_per_step() {
    constexpr std::uint64_t kSteps = 200'000;
    const Work long_work = Work::of_steps(kSteps);
    std::int64_t shortest = INT64_MAX;
    for (int look = 0; look < 20; ++look) {
        const std::int64_t start = atomics::monotonic_now();
        long_work();
        shortest = std::min(shortest, atomics::monotonic_now() - start);
    }
    return static_cast<double>(shortest) / kSteps;
}

}  // namespace

Work Work::lasting(double nanoseconds) {
    static const double one_step = nanoseconds_per_step();
    return of_steps(static_cast<std::uint64_t>(std::lround(nanoseconds / one_step)));
}

}  // namespace lwlock::bench
