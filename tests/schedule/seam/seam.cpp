// The rest of the seam: futexes, the clock and pauses of the simulated machine.
// Defines what atomics/futex.cpp, deadline.cpp and spin.cpp define otherwise.

#include "atomics/asymmetric_fence.hpp"
#include "atomics/deadline.hpp"
#include "atomics/futex.hpp"
#include "atomics/spin.hpp"
#include "tests/schedule/machine/machine.hpp"

namespace lwlock::atomics {

using tests::schedule::Machine;
using tests::schedule::Request;

FutexResult futex_wait(const Atomic32& word, std::uint32_t expected, Deadline deadline,
                       Scope /*scope*/, std::uint32_t bitset) {
    Request request{.address = word.address(),
                    .operand = expected,
                    .deadline = deadline.nanoseconds(),
                    .bitset = bitset,
                    .kind = Request::Kind::futex_wait};
    Machine::running()->ask(request);
    return static_cast<FutexResult>(request.result);
}

std::uint32_t futex_wake(const std::uint32_t* word, std::uint32_t count, Scope /*scope*/,
                         std::uint32_t bitset) {
    Machine* const machine = Machine::running();
    if (machine == nullptr) return 0;
    Request request{
        .address = word, .count = count, .bitset = bitset, .kind = Request::Kind::futex_wake};
    machine->ask(request);
    return static_cast<std::uint32_t>(request.result);
}

// For the self-test of shared memory alone, which a simulated machine has none of.
std::uint32_t futex_requeue(const Atomic32& /*from*/, std::uint32_t /*wake*/,
                            const Atomic32& /*to*/, std::uint32_t /*move*/, Scope /*scope*/) {
    return 0;
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

bool spinning_can_pay() {
    Machine* const machine = Machine::running();
    return machine != nullptr && machine->spinning_pays();
}

}  // namespace lwlock::atomics
