#include "atomics/deadline.hpp"

#include <time.h>

namespace lwlock::atomics {

std::int64_t monotonic_now() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

Deadline Deadline::after(std::int64_t nanoseconds) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(monotonic_now(), nanoseconds, &sum)) {
        return nanoseconds > 0 ? never() : at(0);
    }
    return at(sum);
}

}  // namespace lwlock::atomics
