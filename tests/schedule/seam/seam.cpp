// The rest of the seam: futexes, semaphores, the clock and pauses of the simulated
// machine. Defines what atomics/futex.cpp, semaphore.cpp, deadline.cpp, spin.cpp
// and process.cpp define otherwise.

#include "atomics/asymmetric_fence.hpp"
#include "atomics/deadline.hpp"
#include "atomics/emulated_futex.hpp"
#include "atomics/futex.hpp"
#include "atomics/process.hpp"
#include "atomics/semaphore.hpp"
#include "atomics/spin.hpp"
#include "tests/schedule/machine/machine.hpp"

namespace lwlock::atomics {

using tests::schedule::Machine;
using tests::schedule::Request;

namespace {
EmulatedFutex emulated(Scope scope) { return EmulatedFutex(*scope.table(), scope); }
}  // namespace

FutexResult futex_wait(const Atomic32& word, std::uint32_t expected, Deadline deadline, Scope scope,
                       std::uint32_t bitset) {
    Machine& machine = *Machine::running();
    Request request{.address = word.address(),
                    .operand = expected,
                    .deadline = deadline.nanoseconds(),
                    .bitset = bitset,
                    .kind = Request::Kind::futex_wait};
    if (scope.table() != nullptr) {
        const Machine::EmulatedCall call(machine, request);
        return emulated(scope).wait(word, expected, deadline, bitset);
    }
    machine.ask(request);
    return static_cast<FutexResult>(request.result);
}

std::uint32_t futex_wake(const std::uint32_t* word, std::uint32_t count, Scope scope,
                         std::uint32_t bitset) {
    if (scope.table() != nullptr) return emulated(scope).wake(word, count, bitset);
    Machine* const machine = Machine::running();
    if (machine == nullptr) return 0;
    Request request{
        .address = word, .count = count, .bitset = bitset, .kind = Request::Kind::futex_wake};
    machine->ask(request);
    return static_cast<std::uint32_t>(request.result);
}

// Nobody sleeps elsewhere when the self-test of shared memory asks.
std::uint32_t futex_requeue(const Atomic32& from, std::uint32_t wake, const Atomic32& to,
                            std::uint32_t move, Scope scope) {
    if (scope.table() == nullptr) return 0;
    return emulated(scope).requeue(from, nullptr, wake, to, move).count;
}

void Semaphore::init() { value_.store_relaxed(0); }

SemaphoreResult Semaphore::wait(Deadline deadline) {
    for (;;) {
        switch (futex_wait(value_, 0, deadline, Scope::shared, kFutexMatchAny)) {
            case FutexResult::interrupted: return SemaphoreResult::interrupted;
            case FutexResult::timed_out: return SemaphoreResult::timed_out;
            case FutexResult::woken:
            case FutexResult::stale: break;
        }
        std::uint32_t value = 1;
        while (value != 0) {
            if (value_.cas_acquire(value, value - 1)) return SemaphoreResult::taken;
        }
    }
}

void Semaphore::post() {
    value_.fetch_add_release(1);
    futex_wake(value_.address(), 1, Scope::shared, kFutexMatchAny);
}

std::int64_t monotonic_now() {
    Machine* const machine = Machine::running();
    if (machine == nullptr) return 0;
    Request request{.kind = Request::Kind::now};
    machine->ask(request);
    return static_cast<std::int64_t>(request.result);
}

Deadline Deadline::after(std::int64_t nanoseconds) { return at(monotonic_now() + nanoseconds); }

bool register_for_heavy_fences(Scope::Kind /*kind*/) { return true; }
void heavy_fence(Scope::Kind /*kind*/) {
    if (Machine* const machine = Machine::running()) machine->heavy_fence();
}

void spin_pause() {
    Machine* const machine = Machine::running();
    if (machine == nullptr) return;
    Request request{.kind = Request::Kind::pause};
    machine->ask(request);
}

// Every backend is a process of its own, and none ends before its program does.
std::uint32_t this_process() {
    Machine* const machine = Machine::running();
    return machine == nullptr ? 1 : static_cast<std::uint32_t>(machine->current()) + 1;
}
bool is_gone(std::uint32_t /*process*/) { return false; }

void give_way() { spin_pause(); }
void nap() { Machine::running()->nap(1'000'000); }

// Everybody tries the same first, so that sleepers pass from one backend to another.
std::uint32_t& last_sleeper() {
    static std::uint32_t first;
    first = 0;
    return first;
}

bool spinning_can_pay() {
    Machine* const machine = Machine::running();
    return machine != nullptr && machine->spinning_pays();
}

}  // namespace lwlock::atomics
