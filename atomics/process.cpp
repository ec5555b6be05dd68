#include "atomics/process.hpp"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

namespace lwlock::atomics {

std::uint32_t this_process() { return static_cast<std::uint32_t>(getpid()); }

bool is_gone(std::uint32_t process) {
    const int saved = errno;
    const bool gone =
        process <= INT32_MAX && kill(static_cast<pid_t>(process), 0) != 0 && errno == ESRCH;
    errno = saved;
    return gone;
}

void give_way() { sched_yield(); }

void nap() {
    const int saved = errno;
    const timespec time{.tv_sec = 0, .tv_nsec = 1'000'000};
    nanosleep(&time, nullptr);
    errno = saved;
}

std::uint32_t& last_sleeper() {
    static constinit thread_local std::uint32_t last = UINT32_MAX;
    if (last == UINT32_MAX) last = static_cast<std::uint32_t>(gettid());
    return last;
}

}  // namespace lwlock::atomics
