#include "atomics/semaphore.hpp"

#include <errno.h>
#include <time.h>

namespace lwlock::atomics {

void Semaphore::init() { sem_init(&semaphore_, 1, 0); }

SemaphoreResult Semaphore::wait(Deadline deadline) {
    const int saved = errno;
    int status = 0;
    if (deadline.is_never()) {
        status = sem_wait(&semaphore_);
    } else {
        const std::int64_t at = deadline.nanoseconds() < 0 ? 0 : deadline.nanoseconds();
        const timespec time{.tv_sec = static_cast<time_t>(at / 1'000'000'000),
                            .tv_nsec = static_cast<long>(at % 1'000'000'000)};
        status = sem_clockwait(&semaphore_, CLOCK_MONOTONIC, &time);
    }
    const int error = errno;
    errno = saved;
    if (status == 0) return SemaphoreResult::taken;
    return error == EINTR ? SemaphoreResult::interrupted : SemaphoreResult::timed_out;
}

void Semaphore::post() { sem_post(&semaphore_); }

}  // namespace lwlock::atomics
