#include "waitqueue/eventcount.hpp"

#include "waitqueue/stand_in.hpp"

namespace lwlock::waitqueue {

constinit thread_local StandIn* stand_in = nullptr;

SleepResult sleep(const Atomic32& word, Ticket ticket, std::uint32_t bits, Deadline deadline,
                  Scope scope) {
    if (stand_in != nullptr) [[unlikely]]
        return stand_in->sleep(*stand_in, word, ticket, bits, deadline, scope);
    switch (atomics::futex_wait(word, ticket, deadline, scope, bits)) {
        case atomics::FutexResult::woken: return SleepResult::woken;
        case atomics::FutexResult::stale: return SleepResult::stale;
        case atomics::FutexResult::interrupted:
        case atomics::FutexResult::timed_out: break;
    }
    return SleepResult::no_wake;
}

std::uint32_t wake(const std::uint32_t* address, std::uint32_t count, ClassSet classes,
                   Scope scope) {
    return atomics::futex_wake(address, count, scope, classes & kEveryClass);
}

std::uint32_t wake_backend(const std::uint32_t* address, std::uint32_t backend, Scope scope) {
    return atomics::futex_wake(address, atomics::kWakeAll, scope, backend_bit(backend));
}

}  // namespace lwlock::waitqueue
