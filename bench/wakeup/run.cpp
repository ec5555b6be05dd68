#include "bench/wakeup/run.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "bench/support/run_state.hpp"

namespace lwlock::bench {

std::uint32_t own_thread() { return static_cast<std::uint32_t>(syscall(SYS_gettid)); }

// Between its word about asking and the lock, a waiter sleeps nowhere else. No
// implementation can tell who sleeps for it, but the kernel can.
void await_asleep(WakeupArena& arena, unsigned round, unsigned from, unsigned to) {
    for (unsigned waiter = from; waiter < to; ++waiter) {
        const WaiterRecord& record = arena.waiters()[waiter];
        while (record.asking.load_acquire() != round ||
               run_state(record.thread.load_relaxed()) != 'S') {
            usleep(20);
        }
    }
}

void begin(atomics::Atomic32& word, unsigned round) {
    word.store_release(round);
    atomics::futex_wake(word.address(), atomics::kWakeAll, atomics::Scope::shared);
}

Round finish(WakeupArena& arena, const WakeupPlan& plan, std::int64_t start, std::int64_t end) {
    std::uint32_t served;
    while ((served = arena.served.load_acquire()) < plan.waiters) {
        atomics::futex_wait(arena.served, served, atomics::Deadline::never(),
                            atomics::Scope::shared);
    }
    const auto since_start = [&](unsigned waiter) {
        return arena.waiters()[waiter].got_at.load_relaxed() - static_cast<std::uint64_t>(start);
    };
    Round round{.released = static_cast<std::uint64_t>(end - start),
                .first = UINT64_MAX,
                .last = 0,
                .latecomer = since_start(plan.waiters - 1)};
    for (unsigned waiter = 0; waiter < plan.waiters; ++waiter) {
        round.first = std::min(round.first, since_start(waiter));
        round.last = std::max(round.last, since_start(waiter));
    }
    return round;
}

std::vector<Round> run_rounds(const WakeupPlan& plan, WakeupArena& arena, const TeamWork& work) {
    Team team(plan.waiters + 1, plan.kind);
    team.run(work, {.at_start = {},
                    .at_finish = {},
                    .progress = plan.progress,
                    .patience = plan.patience,
                    .describe_locks = {}});
    const Round* rounds = arena.rounds(plan);
    return {rounds, rounds + plan.rounds};
}

}  // namespace lwlock::bench
